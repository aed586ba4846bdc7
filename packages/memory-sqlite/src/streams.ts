import { compareText, openText, sealText, type Context, type StreamState } from "./context.ts";
import { bytes, int } from "./handle.ts";
import { openFrame } from "./frames.ts";
import { addName, rowsWith } from "./names.ts";
import { streamPlace } from "./places.ts";

/**
 * Streams and their names. A stream is numbered by the `seq` of its first row, whose frame holds its name; `streams` gets the
 * name when the journal is indexed, with many others. So a new stream costs one row, and who looks for a name looks into the
 * table first, and then into the rows that are not indexed yet.
 *
 * @module
 */

/** So many streams are known at a time. */
const mostKnown = 10_000;

/** A stream, if it has ever had an entry. */
export function findStream(context: Context, name: string): StreamState | undefined {
  const known = context.streams.get(name);
  if (known !== undefined) return known;
  const { db, sealer } = context;
  const digest = sealer.name("stream", name);
  context.sought = { name, digest };
  const row = db.get("select n, length from streams where name = ?", digest);
  if (row === undefined) lookBehind(context);
  const n = row === undefined ? context.unentered.get(name)?.n : int(row["n"]);
  return n === undefined ? undefined : keep(context, name, { n, length: lengthOf(context, n, int(row?.["length"])) });
}

/** The stream that a first append makes: its number is that of the row to come. */
export function newStream(context: Context): StreamState {
  return { n: context.last + 1, length: 0 };
}

/** Takes in a stream whose first row has just been added. */
export function begun(context: Context, name: string, stream: StreamState): void {
  keep(context, name, stream);
  const { sought } = context;
  context.unentered.set(name, { n: stream.n, digest: sought?.name === name ? sought.digest : undefined });
}

/** Bounded: a process that has seen many streams starts afresh. */
function keep(context: Context, name: string, stream: StreamState): StreamState {
  if (context.streams.size >= mostKnown) context.streams = new Map();
  context.streams.set(name, stream);
  return stream;
}

/** `kept` is what a trim has noted. */
function lengthOf({ db, indexed }: Context, n: number, kept: number): number {
  const inIndex = db.get(
    `select j.position + j.count as length from journal_index i join journal j on j.seq = i.seq
     where i.stream = ? order by i.position desc limit 1`,
    n,
  );
  const inTail = db.get("select max(position + count) as length from journal where seq > ? and stream = ?", indexed, n);
  return Math.max(kept, int(inIndex?.["length"]), int(inTail?.["length"]));
}

/** Looks for streams that began in rows which are not indexed yet, and which others have written. */
function lookBehind(context: Context): void {
  const { db, unentered } = context;
  const from = Math.max(context.indexed, context.looked);
  if (from >= context.last) return;
  const rows = db.all(
    "select seq, position, count, body from journal where seq > ? and position = 0 and stream = seq",
    from,
  );
  for (const row of rows) {
    const n = int(row["seq"]);
    unentered.set(openFrame(context, n, row).name ?? "", { n, digest: undefined });
  }
  context.looked = context.last;
}

/** Enters the names of the streams that began since the journal was indexed. Within a transaction. */
export function enterNames(context: Context): void {
  const { db, sealer, indexed, unentered } = context;
  lookBehind(context);
  const named = [...unentered]
    .filter(([, { n }]) => n > indexed)
    .map(([name, { n, digest = sealer.name("stream", name) }]) => ({ name, n, digest }));
  // In the order of the table's index, so that each of its pages is touched once.
  named.sort((a, b) => a.digest.compare(b.digest));
  for (const { name, n, digest } of named) {
    const body = sealText(context, streamPlace(digest), name);
    db.run("insert into streams (n, name, body) values (?, ?, ?)", n, digest, body);
    addName(context, "stream", name, n);
  }
  context.unentered = new Map();
}

/** Names of streams with a prefix, sorted. */
export function streamNames(context: Context, prefix: string): string[] {
  lookBehind(context);
  const entered = rowsWith(context, "stream", prefix, "select name, body from streams").map((row) =>
    openText(context, streamPlace(bytes(row["name"])), bytes(row["body"])),
  );
  return [...new Set([...entered, ...context.unentered.keys()])]
    .filter((name) => name.startsWith(prefix))
    .sort(compareText);
}
