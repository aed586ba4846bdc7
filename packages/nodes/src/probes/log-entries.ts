/** What a program said at once: a line, and the lines that belong to it. */
export interface LogEntry {
  /** The line, with what a stack below it says was the cause. */
  readonly text: string;
  readonly complains: boolean;
}

/** Words by which most programs say that something is wrong; none where it is said that there is none. */
const words =
  /\b(?:error|exception|fatal|panic|critical|segfault|emerg|crit)\b(?!["']?\s*[=:]\s*(?:null|nil|none|0|false|""|'')(?![\w.]))|\boom[-_]?kill(?:ed|er)?\b/i;
/** Classes of errors, as Java, Python and JavaScript name them. */
const classes = /[a-z](?:Error|Exception)\b/;
/** How bad it is, where a number or a letter says so: of pino and bunyan, of journald, of klog. */
const grave = /"level":\s*(?:50|60)\b|"PRIORITY":\s*"[0-3]"|^[EF]\d{4} \d\d:\d\d/;

/** Whether a line complains, by itself. */
export function complains(line: string): boolean {
  return words.test(line) || classes.test(line) || grave.test(line);
}

/** A line that goes on with what the one before it said: of a stack, or indented. */
const goesOn = /^\s+\S|^Caused by: |^\.{3} \d+ more$/;
const cause = /^(?:Caused by: )?[\w.$]*(?:Error|Exception|Throwable|Panic)\b.*/;

/**
 * Puts lines together that were said at once: the stack of an exception belongs to the line before it, and what was its cause
 * is told with it. So a stack is one complaint, and not one for each frame.
 */
export function entriesOf(lines: readonly string[], test: (line: string) => boolean = complains): readonly LogEntry[] {
  const entries: { line: string; more: string[] }[] = [];
  // Python names the exception last, and does not indent it.
  let traced = false;
  for (const line of lines) {
    const last = entries.at(-1);
    const indented = goesOn.test(line);
    const ends: boolean = traced && !indented;
    const begins = line.startsWith("Traceback (most recent call last):");
    // A stack that begins stands below the complaint that it is about, or by itself.
    const below = last?.more.length === 0 && (begins || isException(line)) && test(last.line);
    if (last !== undefined && (indented || ends || below)) last.more.push(line);
    else if (line !== "") entries.push({ line, more: [] });
    traced = begins || (traced && indented);
  }
  return entries.map(({ line, more }) => {
    const why = more.findLast((each) => cause.test(each));
    return {
      text: why === undefined ? line : `${line} ${why.replace(/^Caused by: /, "")}`,
      complains: test(line) || more.some((each) => !/^\s/.test(each) && test(each)),
    };
  });
}

/** A line that is nothing but an exception, as Java prints one below the line of its log. */
function isException(line: string): boolean {
  return /^(?:[a-z][\w]*\.)+[A-Z][\w$]*(?:Error|Exception|Throwable)\b/.test(line);
}
