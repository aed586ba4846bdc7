import { outcomeOf, stackOf, type OutcomeReader, type ReadFailure } from "./outcome.ts";

/**
 * Errors as GitHub's runner takes them (`::error file=…,title=…::message`), which reporters for it write: those that name a
 * test in `title`. They say what failed, and not how many there were.
 */
export const readAnnotations: OutcomeReader = (output) => {
  const failures: ReadFailure[] = [];
  for (const [, properties = "", data = ""] of output.matchAll(/^::error ([^\n]*?)::(.*)$/gm)) {
    // What is in a title is not escaped by all: it goes up to the next property.
    const title = /(?:^|,)title=(.*?)(?=,(?:file|line|endLine|col|column|endColumn)=|$)/.exec(properties)?.[1];
    if (title === undefined || title === "") continue;
    const text = unescaped(data);
    const stack = stackOf(text);
    const message = text
      .split(/\n\s*(?:at|❯) /)[0]
      ?.replace(/^[A-Za-z]*Error: /, "")
      .trim();
    failures.push({ name: unescaped(title), message: message || "failed", ...(stack === undefined ? {} : { stack }) });
  }
  if (failures.length === 0) return undefined;
  return outcomeOf(
    failures.map(({ name }) => ({ name, status: "failed" })),
    failures,
  );
};

function unescaped(text: string): string {
  return text
    .replaceAll("%0D", "")
    .replaceAll("%0A", "\n")
    .replaceAll("%3A", ":")
    .replaceAll("%2C", ",")
    .replaceAll("%25", "%");
}
