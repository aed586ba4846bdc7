import type { Tokens } from "@brainops/core/recall";
import type { Context } from "./context.ts";
import type { Looked, Member } from "./member.ts";

/** A text longer than this is cut into words step by step, in UTF-16 units: a longer one takes milliseconds. */
const longText = 4096;
/** So long that may go on before timers and sockets get their turn, in milliseconds. */
const longest = 5;

/**
 * Cuts the long texts of a group into words, letting the event loop turn in between: a million different letters take most of a second.
 * Gives what tells the words of any text.
 */
export async function cutLongTexts(
  { tokensOf }: Context,
  batch: readonly Member[],
  looked: Looked,
): Promise<(text: string) => Tokens> {
  const cut = new Map<string, Tokens>();
  let turned = performance.now();
  for (const text of longTexts(batch, looked)) {
    if (cut.has(text)) continue;
    const steps = tokensOf.steps(text);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) {
      if (performance.now() - turned < longest) continue;
      await new Promise((resolve) => setImmediate(resolve));
      turned = performance.now();
    }
    cut.set(text, step.value);
  }
  return (text) => cut.get(text) ?? tokensOf(text);
}

/** Those that are written, and those that are there already and may be changed or erased. */
function* longTexts(batch: readonly Member[], { records }: Looked): Generator<string> {
  for (const { commit } of batch)
    for (const write of commit.writes)
      if (write.type === "record" && write.record.text.length > longText) yield write.record.text;
  for (const { record } of records.values()) if (record.text.length > longText) yield record.text;
}
