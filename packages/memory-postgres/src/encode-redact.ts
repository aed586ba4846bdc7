import { BrainOpsError, type Write } from "@brainops/core";
import { withoutMembers } from "@brainops/core/sealing";
import { nameOf, type Context } from "./context.ts";
import type { Encoding } from "./encoding.ts";
import { openFrame, sealFrame, type Frame } from "./frames.ts";
import { bytes } from "./handle.ts";
import type { View } from "./view.ts";

/** So many bytes at the beginning of sealed bytes tell them from any others: they hold the nonce. */
const headLength = 32;

/** Seals frames anew without some members of their entries. The server checks that it still has what was changed. */
export function encodeRedact(context: Context, encoding: Encoding, write: Extract<Write, { type: "redact" }>): void {
  const { view, bodies, locks, add } = encoding;
  const stream = nameOf(context, "stream", write.stream);
  locks.name(stream);
  const replaced = new Map<number, { readonly frame: Frame; readonly head: string }>();
  for (const position of write.positions) {
    const fail = (): never => {
      throw new BrainOpsError(
        "conflict",
        `Entry ${position} of stream ${write.stream} is not there, or has nothing to take out: somebody was faster.`,
      );
    };
    if (position < view.base(stream)) fail();
    const row = view.frames(stream).find((row) => holds(row, position)) ?? fail();
    const found = replaced.get(Number(row["position"])) ?? {
      frame: openFrame(context, row),
      head: Buffer.from(bytes(row["body"]).subarray(0, headLength)).toString("hex"),
    };
    const at = position - found.frame.position;
    const left = withoutMembers(found.frame.entries[at] ?? null, write.members) ?? fail();
    const frame = { ...found.frame, entries: found.frame.entries.with(at, left) };
    replaced.set(frame.position, { frame, head: found.head });
  }
  const frames = [...replaced.values()].map(({ frame, head }) => {
    const sealed = sealFrame(context, frame);
    keepFrame(view, frame, sealed);
    return { p: frame.position, h: head, ...bodies.add(sealed) };
  });
  add({ t: "redact", s: stream, f: frames }, () => new BrainOpsError("conflict", "Entries to redact have changed."));
}

function holds(row: { readonly [column: string]: unknown }, position: number): boolean {
  const first = Number(row["position"]);
  return first <= position && position < first + Number(row["count"]);
}

/** Lets later writes of the same commit see a frame. */
export function keepFrame(view: View, frame: Frame, body: Uint8Array): void {
  const { stream, position, part, commit, entries } = frame;
  const base = view.base(stream);
  view.keep(stream, { stream, position, part: part ?? null, commit, count: entries.length, body, base });
}
