import type { NodeContext } from "@brainops/core";
import { arrows } from "../memory.ts";
import { clip } from "../text.ts";

// The verdict on a release stands in memory, not beside its folder: it holds for every home that shares the memory,
// and says from which error it came.

const verdict = "bad-release";

function tagOf(subject: string, release: string): string {
  return `${verdict}:${subject}:${release}`;
}

/** Why a release was bad when it was tried before; `undefined` when it was not. */
export async function knownBad(
  ctx: NodeContext,
  subject: string,
  release: string,
): Promise<{ readonly why: string; readonly record: string } | undefined> {
  const [hit] = await ctx.recall({ text: "", kinds: ["decision"], tags: [tagOf(subject, release)], limit: 1 });
  if (hit === undefined) return undefined;
  ctx.count(hit.record.id, "uses");
  const { why } = hit.record.data;
  return { why: typeof why === "string" ? why : hit.record.text, record: hit.record.id };
}

/** Remembers that a release is bad. */
export function rememberBad(ctx: NodeContext, subject: string, release: string, why: string, error: string): void {
  ctx.remember({
    kind: "decision",
    text: clip(`Release ${release} of ${subject} is not to be taken again: ${why}`, 2_000),
    data: { release, why: clip(why, 1_000) },
    tags: ["deployer", verdict, tagOf(subject, release)],
    trust: "test",
    importance: 0.7,
    links: arrows("caused-by", [error], "what was wrong with it"),
  });
}
