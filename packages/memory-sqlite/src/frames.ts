import type { Json } from "@brainops/core";
import { openText, sealText, type Context } from "./context.ts";
import { bytes, int, type Row } from "./handle.ts";
import { framePlace } from "./places.ts";

/** What a frame holds: the entries of one append, and the id of the commit that made it. */
export interface FrameContents {
  /** The stream's name: in its first frame, so that the stream need not be entered elsewhere at once. */
  readonly name?: string;
  readonly commit: string;
  readonly entries: readonly Json[];
}

/** One frame of a stream. */
export interface Frame extends FrameContents {
  readonly seq: number;
  readonly position: number;
}

/** Seals the contents of a frame. `texts`: the JSON text of each entry, where it is known. */
export function sealFrame(
  context: Context,
  stream: number,
  position: number,
  { name, commit, entries }: FrameContents,
  texts?: readonly string[],
): Uint8Array {
  const head = position === 0 ? [commit, name] : [commit];
  const text =
    texts?.length === entries.length
      ? `[${JSON.stringify(head).slice(1, -1)},${texts.join(",")}]`
      : JSON.stringify([...head, ...entries]);
  return sealText(context, framePlace(stream, position, entries.length), text);
}

/** Opens a row of the journal. */
export function openFrame(context: Context, stream: number, row: Row): Frame {
  const position = int(row["position"]);
  const text = openText(context, framePlace(stream, position, int(row["count"])), bytes(row["body"]));
  const whole = JSON.parse(text) as [string, ...Json[]];
  const [commit, name] = whole;
  return position === 0
    ? { seq: int(row["seq"]), position, commit, name: name as string, entries: whole.slice(2) }
    : { seq: int(row["seq"]), position, commit, entries: whole.slice(1) };
}
