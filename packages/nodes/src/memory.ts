import type { Hit, LinkType, NodeContext, RecordInput, RecordKind } from "@brainops/core";
import { clip } from "./text.ts";

/** What memory knows about a text, most relevant first. */
export function remembered(
  ctx: NodeContext,
  text: string,
  kinds: readonly RecordKind[],
  limit: number = 5,
): Promise<readonly Hit[]> {
  return ctx.recall({ text: clip(text, 2_000), kinds, limit });
}

/** Arrows from a new record to others. What was put into the state by hand has no record (an empty id), and no arrow. */
export function arrows(
  type: LinkType,
  to: readonly (string | undefined)[],
  reason?: string,
): NonNullable<RecordInput["links"]> {
  return to
    .filter((id) => id !== undefined)
    .filter((id) => id !== "")
    .map((id) => ({ to: id, type, ...(reason === undefined ? {} : { reason }) }));
}
