import { BrainOpsError } from "@brainops/core";

/**
 * Splits a command as typed into program and arguments, minding quotes. What only a shell understands (pipes,
 * variables, `&&`) is given to `sh -c` as it is.
 */
export function splitCommand(text: string): readonly string[] {
  if (/[|&;<>()$`*?[\]#~=%\n\\]/.test(text)) return ["sh", "-c", text];
  const words: string[] = [];
  for (const match of text.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)|(["'])/g)) {
    if (match[4] !== undefined) throw new BrainOpsError("invalid_input", `A quote is not closed in '${text}'.`);
    words.push(match[1] ?? match[2] ?? match[3] ?? "");
  }
  if (words.length === 0)
    throw new BrainOpsError("invalid_input", "The command is empty. Give a program and its arguments.");
  return words;
}
