import type { Json } from "@brainops/core";
import { unpackEntry } from "@brainops/core/sealing";
import { openText, sealText, type Context } from "./context.ts";
import { bytes, int, type Row } from "./handle.ts";
import { framePlace } from "./places.ts";
import type { WakeChange } from "./wake-changes.ts";

/** What a frame holds: the entries of one append, and the id of the commit that made it. */
export interface FrameContents {
  /** The stream's name: in its first frame, so that the stream need not be entered elsewhere at once. */
  readonly name?: string;
  readonly commit: string;
  /** What the commit says of wakes. */
  readonly wakes?: readonly WakeChange[] | undefined;
  readonly entries: readonly Json[];
}

/** One frame of a stream. */
export interface Frame extends FrameContents {
  readonly seq: number;
  readonly position: number;
}

/** The id of a commit in a frame. A run's commits are named after the hash of their first entry, which need not stand there twice. */
type Id = string | typeof sameAsHash;
const sameAsHash = 0;

function hashOf(entry: Json | undefined): string | undefined {
  const hash = typeof entry === "object" && entry !== null ? (entry as { readonly hash?: Json }).hash : undefined;
  return typeof hash === "string" ? hash : undefined;
}

/** What a frame begins with whose entries are packed. */
const packed = "p";

/** Seals the contents of a frame. `texts`: what each entry is packed as, where it is known. */
export function sealFrame(
  context: Context,
  stream: number,
  position: number,
  { name, commit, wakes, entries }: FrameContents,
  texts?: readonly string[],
): Uint8Array {
  const id = commit === hashOf(entries[0]) ? sameAsHash : commit;
  const first = wakes === undefined ? id : [id, ...wakes];
  const head = position === 0 ? [first, name] : [first];
  const text =
    texts?.length === entries.length
      ? `${packed}[${JSON.stringify(head).slice(1, -1)},${texts.join(",")}]`
      : JSON.stringify([...head, ...entries]);
  return sealText(context, framePlace(stream, position, entries.length), text);
}

/** Opens a row of the journal. */
export function openFrame(context: Context, stream: number, row: Row): Frame {
  const position = int(row["position"]);
  const text = openText(context, framePlace(stream, position, int(row["count"])), bytes(row["body"]));
  const isPacked = text.startsWith(packed);
  const whole = JSON.parse(isPacked ? text.slice(1) : text) as [Id | [Id, ...WakeChange[]], ...Json[]];
  const [first, name] = whole;
  const [id, ...wakes] = Array.isArray(first) ? first : [first];
  const held = (whole as Json[]).slice(position === 0 ? 2 : 1);
  const entries = isPacked ? held.map(unpackEntry) : held;
  const commit = id === sameAsHash ? (hashOf(entries[0]) ?? "") : id;
  const frame = { seq: int(row["seq"]), position, commit, wakes: wakes.length === 0 ? undefined : wakes, entries };
  return position === 0 ? { ...frame, name: name as string } : frame;
}
