import type { StreamEntry } from "@brainops/core";
import { compareText, loadKeys, nameOf, openText, type Context } from "./context.ts";
import { openFrame } from "./frames.ts";
import { bodiesOf, bytes, digest, int, type Row } from "./handle.ts";
import { streamPlace } from "./places.ts";
import { beginnings } from "@brainops/core/sealing";

/** So many frames are read at once. */
const pageSize = 1000;

/** Entries of a stream. */
export async function readStream(context: Context, name: string, from: number, limit: number): Promise<StreamEntry[]> {
  const { db, s } = context;
  const stream = nameOf(context, "stream", name);
  const entries: StreamEntry[] = [];
  for (let next = from; entries.length < limit;) {
    const page = Math.min(pageSize, limit - entries.length);
    const rows = await db.query(
      `select j.stream, j.position, j.count, j.part, j.commit, j.body, t.base
       from ${s}.streams t join ${s}.journal j on j.stream = t.name
       where t.name = $1 and j.position >= coalesce(
         (select max(position) from ${s}.journal where stream = $1 and position <= $2), $2)
       order by j.position limit $3`,
      [stream, next, page],
    );
    await loadKeys(context, bodiesOf(rows));
    for (const row of rows) {
      const frame = openFrame(context, row);
      const first = Math.max(from, next, int(row["base"]));
      for (const [index, entry] of frame.entries.entries()) {
        const position = frame.position + index;
        if (position >= first && entries.length < limit) entries.push({ position, entry });
      }
      next = frame.position + frame.entries.length;
    }
    if (rows.length < page) break;
  }
  return entries;
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
