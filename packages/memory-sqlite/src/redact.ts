import { BrainOpsError, type Write } from "@brainops/core";
import { withoutMembers } from "@brainops/core/sealing";
import type { Context } from "./context.ts";
import { int, type Row } from "./handle.ts";
import { openFrame, sealFrame, type Frame } from "./frames.ts";
import { findStream } from "./streams.ts";

/**
 * Takes members out of entries of a stream. A row is sealed anew where it stands: its number, place and commit stay, and
 * SQLite overwrites what it held (`secure_delete`). Within a transaction; changes nothing when it conflicts.
 */
export function redactStream(
  context: Context,
  { stream: name, positions, members }: Extract<Write, { type: "redact" }>,
): void {
  const { db } = context;
  const stream = findStream(context, name);
  const changed = new Map<number, Frame>();
  let frame: Frame | undefined;
  for (const position of positions) {
    if (frame === undefined || position >= frame.position + frame.entries.length) {
      const row = stream && rowAt(context, stream.n, position);
      frame = row && stream && openFrame(context, stream.n, row);
    }
    const index = position - (frame?.position ?? 0);
    const left = withoutMembers(frame?.entries[index] ?? null, members);
    if (frame === undefined || left === undefined)
      throw new BrainOpsError("conflict", `Entry ${position} of stream ${name} has none of these members.`);
    frame = { ...frame, entries: frame.entries.with(index, left) };
    changed.set(frame.seq, frame);
  }
  for (const left of changed.values())
    db.run(
      "update journal set body = ? where seq = ?",
      sealFrame(context, stream?.n ?? 0, left.position, left),
      left.seq,
    );
}

/** The row that holds a position of a stream, from the index or from the rows that are not in it yet. */
function rowAt({ db, indexed }: Context, stream: number, position: number): Row | undefined {
  const row =
    db.get(
      `select seq, position, count, body from journal
       where seq > ? and stream = ? and position <= ? and position + count > ?`,
      indexed,
      stream,
      position,
      position,
    ) ??
    db.get(
      `select j.seq, j.position, j.count, j.body from journal_index i join journal j on j.seq = i.seq
       where i.stream = ? and i.position <= ? order by i.position desc limit 1`,
      stream,
      position,
    );
  return row !== undefined && position < int(row["position"]) + int(row["count"]) ? row : undefined;
}
