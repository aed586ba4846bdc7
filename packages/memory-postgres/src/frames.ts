import type { Json } from "@brainops/core";
import { unpackEntry } from "@brainops/core/sealing";
import { openText, sealText, type Context } from "./context.ts";
import { bytes, digest, int, type Row } from "./handle.ts";
import { framePlace } from "./places.ts";

/** One frame of a stream: the entries of one append. */
export interface Frame {
  readonly stream: string;
  readonly position: number;
  /** Which write of its commit it is, if it is shared: then its position was not known when it was sealed. */
  readonly part: number | undefined;
  readonly commit: string;
  readonly entries: readonly Json[];
  /** What they are packed as, where that is at hand. */
  readonly texts?: readonly string[] | undefined;
}

function place({ stream, position, part, commit }: Omit<Frame, "entries" | "texts">, count: number): string {
  return framePlace(stream, position, part, count, commit);
}

/** What a frame begins with whose entries are packed. */
const packed = "p";

/** Seals the entries of one append. */
export function sealFrame(context: Context, frame: Frame): Uint8Array {
  const { entries, texts } = frame;
  const text = texts?.length === entries.length ? `${packed}[${texts.join()}]` : JSON.stringify(entries);
  return sealText(context, place(frame, entries.length), text);
}

/** Opens a row of the journal. */
export function openFrame(context: Context, row: Row): Frame {
  const [stream, commit, position] = [digest(row["stream"]), digest(row["commit"]), int(row["position"])];
  const part = row["part"] === null ? undefined : int(row["part"]);
  const head = { stream, position, part, commit };
  const text = openText(context, place(head, int(row["count"])), bytes(row["body"]));
  if (!text.startsWith(packed)) return { ...head, entries: JSON.parse(text) as Json[] };
  return { ...head, entries: (JSON.parse(text.slice(1)) as Json[]).map(unpackEntry) };
}
