import type { Entry } from "../contracts/journal.ts";
import type { Write } from "../contracts/write.ts";
import { idsOf } from "./run-memory.ts";

/**
 * Counts what a run recalls as used, in the commit of the very entry that says so. Only what was sought with words: a list of
 * the newest says nothing about what is of use.
 */
export function countUses(entry: Entry): Extract<Write, { type: "count" }>[] {
  if (entry.type !== "effect-completed" || entry.name !== "memory.recall") return [];
  const query = entry.body?.input as { readonly text?: unknown } | undefined;
  if (query?.text === "") return [];
  return idsOf(entry.body?.result).map((id) => ({ type: "count", id, counter: "uses", by: 1 }));
}
