import type { Commit } from "@brainops/core";
import { loadKeys, nameOf, type Context } from "./context.ts";
import { bodiesOf, digest, int, type Row } from "./handle.ts";
import type { Known, Looked } from "./member.ts";
import { openRecords, selectRecords } from "./record-body.ts";
import { ensureScopes } from "./scopes.ts";

/** Looks up what commits need to know before they can be sealed: scopes with keys, records to change, entries to redact. */
export async function lookFor(context: Context, commits: readonly Commit[]): Promise<Looked> {
  const scopes = new Set<string>();
  const ids = new Set<string>();
  const marks = new Set<number>();
  const places: { readonly stream: string; readonly position: number }[] = [];
  for (const { writes } of commits)
    for (const write of writes) {
      if (write.type === "record") {
        scopes.add(write.record.scope);
        if (write.record.version > 1) ids.add(write.record.id);
      } else if (write.type === "blob") scopes.add(write.scope);
      else if (write.type === "erase") {
        for (const id of write.ids ?? []) ids.add(id);
        if (write.subject !== undefined) marks.add(context.sealer.token("subject", write.subject));
      } else if (write.type === "redact")
        for (const position of write.positions)
          places.push({ stream: nameOf(context, "stream", write.stream), position });
    }
  await ensureScopes(context, scopes);
  const { records, marked } = await lookForRecords(context, [...ids], [...marks]);
  return { records, marked, frames: await lookForFrames(context, places) };
}

async function lookForRecords(
  context: Context,
  ids: readonly string[],
  marks: readonly number[],
): Promise<Pick<Looked, "records" | "marked">> {
  const records = new Map<string, Known>();
  const marked = new Map<number, number[]>(marks.map((mark) => [mark, []]));
  if (ids.length === 0 && marks.length === 0) return { records, marked };
  const { db, s } = context;
  const rows = await db.query(
    `select r.*, m.mark from (${selectRecords(s)} where r.id = any ($1::text[])
       or r.n in (select record from ${s}.marks where mark = any ($2::bigint[]))) r
     left join ${s}.marks m on m.record = r.n and m.mark = any ($2::bigint[])`,
    [ids, marks],
  );
  for (const { record, n } of await openRecords(context, rows)) records.set(record.id, { n, record });
  for (const row of rows) marked.get(int(row["mark"]))?.push(int(row["n"]));
  return { records, marked };
}

/** The frames that hold these entries. */
async function lookForFrames(
  context: Context,
  places: readonly { readonly stream: string; readonly position: number }[],
): Promise<Looked["frames"]> {
  if (places.length === 0) return new Map<string, Row[]>();
  const { db, s } = context;
  const rows = await db.query(
    `select distinct on (j.stream, j.position) j.stream, j.position, j.count, j.part, j.commit, j.body, t.base
     from unnest($1::uuid[], $2::bigint[]) as p (stream, position)
     join ${s}.streams t on t.name = p.stream
     join lateral (select * from ${s}.journal where stream = p.stream and position <= p.position
       order by position desc limit 1) j on true`,
    [places.map(({ stream }) => stream), places.map(({ position }) => position)],
  );
  await loadKeys(context, bodiesOf(rows));
  return Map.groupBy(rows, (row) => digest(row["stream"]));
}
