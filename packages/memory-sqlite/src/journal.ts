import { BrainOpsError, type StreamEntry } from "@brainops/core";
import { indexedUpTo, type Context } from "./context.ts";
import { openFrame, sealFrame, type Frame } from "./frames.ts";
import { int, type Row } from "./handle.ts";
import { enterNames, findStream } from "./streams.ts";
import { enterWakes } from "./wakes.ts";

/** So many rows of the journal may be without index: few enough to scan, many enough that indexing costs next to nothing. */
const indexEvery = 256;
/** So many rows are read at a time. */
const mostRows = 256;
/** So many wakes may be looked through at each look for what is due. One commit may bring more. */
const mostWakes = 1024;

/** Whether it is time to index what was added to the journal. */
export function isBehind({ last, indexed, wakes }: Context): boolean {
  return last - indexed >= indexEvery || wakes.size >= mostWakes;
}

/** Frames of a stream that hold entries at or after a position, oldest first; stops when `enough` says so. */
function frames(context: Context, stream: number, from: number, limit: number): Frame[] {
  const found: Frame[] = [];
  let next = from;
  let held = 0;
  const take = (rows: readonly Row[]): boolean => {
    for (const row of rows) {
      const frame = openFrame(context, stream, row);
      const end = frame.position + frame.entries.length;
      // The index may have grown since this process last looked: then the tail repeats what it holds.
      if (end <= next) continue;
      found.push(frame);
      held += end - Math.max(frame.position, from);
      next = end;
      if (held >= limit) return true;
    }
    return false;
  };
  for (;;) {
    const before = next;
    const rows = context.db.all(
      `select j.seq, j.position, j.count, j.body from journal_index i join journal j on j.seq = i.seq
       where i.stream = ? and i.position >= ifnull(
         (select max(position) from journal_index where stream = ? and position <= ?), ?)
       order by i.position limit ?`,
      stream,
      stream,
      next,
      next,
      // Each has at least one entry.
      Math.min(limit - held, mostRows),
    );
    if (take(rows)) return found;
    if (next === before) break;
  }
  take(
    context.db.all(
      "select seq, position, count, body from journal where seq > ? and stream = ? and position + count > ? order by seq",
      context.indexed,
      stream,
      next,
    ),
  );
  return found;
}

/** Entries of a stream. */
export function readStream(context: Context, name: string, from: number, limit: number): StreamEntry[] {
  const stream = findStream(context, name);
  if (stream === undefined || limit <= 0) return [];
  const entries: StreamEntry[] = [];
  for (const frame of frames(context, stream.n, from, limit)) {
    for (const [index, entry] of frame.entries.entries()) {
      const position = frame.position + index;
      if (position >= from && entries.length < limit) entries.push({ position, entry });
    }
  }
  return entries;
}

/** Whether a commit made the frame that holds a position of a stream; then the `seq` of that frame. */
export function committedAt(context: Context, name: string, position: number, commit: string): number | undefined {
  const stream = findStream(context, name);
  if (stream === undefined) return undefined;
  const frame = frames(context, stream.n, position, 1)[0];
  return frame?.commit === commit && frame.position === position ? frame.seq : undefined;
}

/** The position of a commit whose id was recorded. */
export function recordedCommit(context: Context, id: string): number | undefined {
  const row = context.db.get("select seq from commits where id = ?", context.sealer.name("commit", id));
  return row && int(row["seq"]);
}

/** Records the id of a commit, so that trying it again is recognised. Within a transaction. */
export function recordCommit(context: Context, id: string, seq: number): void {
  context.db.run("insert or ignore into commits (id, seq) values (?, ?)", context.sealer.name("commit", id), seq);
}

/**
 * Brings the index up to the journal's end, with the names of the streams that began since and what was said of wakes, and
 * drops the rows that have no entry. Within a transaction.
 */
export function indexJournal(context: Context): void {
  const { db, last } = context;
  // Somebody else may have done it, and committed nothing.
  context.indexed = indexedUpTo(context);
  const { indexed } = context;
  if (indexed === last) return;
  enterNames(context);
  enterWakes(context);
  db.run(
    `insert into journal_index (stream, position, seq)
     select stream, position, seq from journal where seq > ? and stream > 0 order by stream, position`,
    indexed,
  );
  db.run("delete from journal where seq >= ? and seq < ? and stream = 0", indexed, last);
  db.run("delete from commits where seq < ?", last - context.retryHorizon);
  db.run("insert or replace into journal_index (stream, position, seq) values (0, 0, ?)", last);
  context.indexed = last;
}

/** Drops the entries before a position. Within a transaction, and not the journal's last row. */
export function trimStream(context: Context, name: string, before: number): void {
  const stream = findStream(context, name);
  if (stream === undefined) return;
  indexJournal(context);
  const { db } = context;
  const end = Math.min(before, stream.length);
  db.run("update streams set length = ? where n = ?", stream.length, stream.n);
  const rows = db.all("select position, seq from journal_index where stream = ? and position < ?", stream.n, end);
  for (const { position, seq } of rows) {
    const row = db.get("select seq, position, count, body from journal where seq = ?", int(seq));
    if (row === undefined)
      throw new BrainOpsError("store_corrupt", "The journal's index points to a row that is gone.");
    const frame = openFrame(context, stream.n, row);
    // The frame was the record of its commit; without it there must be another.
    recordCommit(context, frame.commit, frame.seq);
    db.run("delete from journal_index where stream = ? and position = ?", stream.n, int(position));
    const rest = frame.entries.slice(end - frame.position);
    if (rest.length === 0) {
      db.run("delete from journal where seq = ?", int(seq));
      continue;
    }
    const body = sealFrame(context, stream.n, end, { commit: frame.commit, entries: rest });
    db.run("update journal set position = ?, count = ?, body = ? where seq = ?", end, rest.length, body, int(seq));
    db.run("insert into journal_index (stream, position, seq) values (?, ?, ?)", stream.n, end, int(seq));
  }
}
