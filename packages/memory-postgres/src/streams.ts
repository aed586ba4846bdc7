import type { StreamEntry } from "@brainops/core";
import { compareText, loadKeys, nameOf, openText, type Context } from "./context.ts";
import { openFrame } from "./frames.ts";
import { bodiesOf, bytes, digest, int, type Row } from "./handle.ts";
import { streamPlace } from "./places.ts";
import { together } from "./together.ts";
import { beginnings } from "@brainops/core/sealing";

/** So many frames are read at once, and of each of several streams at least so many. */
const framesAtOnce = 1000;
const framesOfEach = 32;
/** So many streams are read together. */
const streamsTogether = 64;

/** Entries of a stream: from a position on, so many at most. */
interface Reading {
  readonly name: string;
  readonly from: number;
  readonly limit: number;
}

/** The next frames of a stream, and whether that is all that was asked for. */
interface Page {
  readonly rows: readonly Row[];
  readonly last: boolean;
}

/** Makes what reads entries of streams. */
export function makeStreamReader(context: Context): (reading: Reading) => Promise<StreamEntry[]> {
  const pageOf = together(streamsTogether, (asked: readonly Reading[]) => readPages(context, asked));
  return async ({ name, from, limit }) => {
    const entries: StreamEntry[] = [];
    for (let next = from; entries.length < limit;) {
      const { rows, last } = await pageOf({ name, from: next, limit: limit - entries.length });
      for (const row of rows) {
        const frame = openFrame(context, row);
        const first = Math.max(from, next, int(row["base"]));
        for (const [index, entry] of frame.entries.entries()) {
          const position = frame.position + index;
          if (position >= first && entries.length < limit) entries.push({ position, entry });
        }
        next = frame.position + frame.entries.length;
      }
      if (last) break;
    }
    return entries;
  };
}

async function readPages(context: Context, asked: readonly Reading[]): Promise<Page[]> {
  const { db, s } = context;
  const each = Math.max(framesOfEach, Math.floor(framesAtOnce / asked.length));
  // A frame has one entry at least.
  const sizes = asked.map(({ limit }) => Math.min(each, limit));
  const rows = await db.query(
    `select a.i, j.stream, j.position, j.count, j.part, j.commit, j.body, t.base
     from unnest($1::uuid[], $2::bigint[], $3::bigint[]) with ordinality as a (stream, start, most, i)
     join ${s}.streams t on t.name = a.stream,
     lateral (select * from ${s}.journal where stream = t.name and position >= coalesce(
       (select max(position) from ${s}.journal where stream = t.name and position <= a.start), a.start)
       order by position limit a.most) j
     order by a.i, j.position`,
    [
      asked.map(({ name }) => nameOf(context, "stream", name)),
      asked.map(({ from }) => Math.min(from, Number.MAX_SAFE_INTEGER)),
      sizes,
    ],
  );
  await loadKeys(context, bodiesOf(rows));
  const found = Map.groupBy(rows, (row) => int(row["i"]) - 1);
  return sizes.map((size, i) => {
    const page = found.get(i) ?? [];
    return { rows: page, last: page.length < size };
  });
}

/** How long a stream is. */
export async function streamLength(context: Context, name: string): Promise<number> {
  return int(await context.db.call("length_1", [nameOf(context, "stream", name)]));
}

/** Names of streams with a prefix, sorted. */
export async function streamNames(context: Context, prefix: string): Promise<string[]> {
  const rows = await rowsWith(context, "stream", prefix, "name, body");
  await loadKeys(context, bodiesOf(rows));
  return rows
    .map((row) => openText(context, streamPlace(digest(row["name"])), bytes(row["body"])))
    .filter((name) => name.startsWith(prefix))
    .sort(compareText);
}

/** Rows of what may have a name with this prefix. */
export function rowsWith(
  { db, s, sealer }: Context,
  kind: "document" | "stream",
  prefix: string,
  columns: string,
): Promise<readonly Row[]> {
  const beginning = beginnings(prefix).at(-1);
  const all = `select ${columns} from ${s}.${kind}s`;
  if (beginning === undefined) return db.query(all);
  return db.query(`${all} where name in (select name from ${s}.beginnings where token = $1)`, [
    sealer.token(`${kind}-beginning`, beginning),
  ]);
}
