/** A text in which a passage was replaced, and how the passage was found when it did not stand there as given. */
export interface Repaired {
  readonly text: string;
  readonly how: string;
}

// Models mistake what cannot be seen: spaces at line ends, the depth of an indentation, line ends, a line number that was
// copied along. What they mean is clear when exactly one place fits.

/**
 * Finds the one place where a passage stands but for its white space, and replaces it there, with the indentation of that
 * place. `undefined` when no place fits, or more than one.
 */
export function repairEdit(text: string, search: string, replace: string): Repaired | undefined {
  const windows = text.includes("\r\n");
  const lines = text.split(/\r?\n/);
  for (const { clean, how } of cleanings) {
    const wanted = trimmed(clean(search));
    if (wanted.length === 0) continue;
    for (const alike of likenesses) {
      const places = lines.flatMap((_, at) =>
        wanted.every((line, i) => at + i < lines.length && alike.same(lines[at + i] ?? "", line)) ? [at] : [],
      );
      const [place] = places;
      if (place === undefined) continue;
      if (places.length > 1) return undefined;
      const found = lines.slice(place, place + wanted.length);
      const next = indented(trimmed(clean(replace), false), shift(wanted, found));
      const all = [...lines.slice(0, place), ...next, ...lines.slice(place + wanted.length)];
      return {
        text: all.join(windows ? "\r\n" : "\n"),
        how: [how, alike.how].filter((each) => each !== "").join(", "),
      };
    }
  }
  return undefined;
}

const numbering = /^\s*\d+(?:\t|[:|] ?)/;

const cleanings: readonly { readonly how: string; clean(passage: string): string }[] = [
  { how: "", clean: (passage) => passage },
  {
    how: "without the line numbers that were copied along",
    clean: (passage) => {
      const lines = passage.split(/\r?\n/);
      const numbered = lines.filter((line) => line.trim() !== "");
      return numbered.length > 0 && numbered.every((line) => numbering.test(line))
        ? lines.map((line) => line.replace(numbering, "")).join("\n")
        : "";
    },
  },
];

const likenesses: readonly { readonly how: string; same(here: string, wanted: string): boolean }[] = [
  { how: "but for spaces at the ends of lines", same: (here, wanted) => here.trimEnd() === wanted.trimEnd() },
  { how: "but for the indentation", same: (here, wanted) => here.trim() === wanted.trim() },
  { how: "but for white space", same: (here, wanted) => squeeze(here) === squeeze(wanted) },
];

function squeeze(line: string): string {
  return line.trim().replaceAll(/\s+/g, " ");
}

/** The lines of a passage; of the one that is searched, without empty ones around it. */
function trimmed(passage: string, around = true): readonly string[] {
  const lines = passage.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  if (!around) return lines;
  while (lines[0]?.trim() === "") lines.shift();
  while (lines.at(-1)?.trim() === "") lines.pop();
  return lines;
}

interface Shift {
  readonly take: string;
  readonly put: string;
}

/** By how much the first line that is not empty stands elsewhere. */
function shift(wanted: readonly string[], found: readonly string[]): Shift {
  const at = wanted.findIndex((line) => line.trim() !== "");
  const indent = (line = ""): string => /^[\t ]*/.exec(line)?.[0] ?? "";
  return { take: indent(wanted[at]), put: indent(found[at]) };
}

function indented(lines: readonly string[], { take, put }: Shift): readonly string[] {
  return lines.map((line) => (line.trim() !== "" && line.startsWith(take) ? put + line.slice(take.length) : line));
}

/** One change of one file. */
export interface Hunk {
  readonly path: string;
  readonly search: string;
  readonly replace: string;
}

/**
 * The hunks of a unified diff as passages and what replaces them: enough to apply what `git apply` refuses because lines
 * are miscounted or stand elsewhere. `undefined` when a part is no change of a text file that is there.
 */
export function hunksOf(patch: string): readonly Hunk[] | undefined {
  const hunks: { path: string; search: string[]; replace: string[] }[] = [];
  let path: string | undefined;
  let here: (typeof hunks)[number] | undefined;
  for (const line of patch.split(/\r?\n/)) {
    if (/^(?:new file|deleted file|rename|copy|Binary|GIT binary|old mode)/.test(line) || line === "+++ /dev/null")
      return undefined;
    if (line.startsWith("+++ ")) {
      path = line.slice(4).replace(/\t.*$/, "").replace(/^b\//, "");
      here = undefined;
    } else if (line.startsWith("--- ") || line.startsWith("diff ") || line.startsWith("index ")) here = undefined;
    else if (line.startsWith("@@")) {
      if (path === undefined) return undefined;
      here = { path, search: [], replace: [] };
      hunks.push(here);
    } else if (here !== undefined && line.startsWith("+")) here.replace.push(line.slice(1));
    else if (here !== undefined && line.startsWith("-")) here.search.push(line.slice(1));
    else if (here !== undefined && !line.startsWith("\\")) {
      here.search.push(line.slice(1));
      here.replace.push(line.slice(1));
    }
  }
  const usable = hunks.filter(({ search }) => search.some((line) => line.trim() !== ""));
  if (usable.length === 0 || usable.length < hunks.length) return undefined;
  return usable.map((hunk) => ({
    path: hunk.path,
    search: hunk.search.join("\n"),
    replace: hunk.replace.join("\n"),
  }));
}
