import type { Near, Nearest, RecordFilter, StoredRecord, StoredVector } from "@brainops/core";
import { cosineSimilarity, fitsFilter } from "@brainops/core/recall";
import { compareText, nameOf, type Context } from "./context.ts";
import { conditions, narrowing, toStored } from "./find.ts";
import { int, text, type Row } from "./handle.ts";
import { openRecords, selectRecords } from "./record-body.ts";
import { bitsOf, toVector } from "./vectors.ts";

/** Up to so many vectors are all compared exactly; of more, those that a coarser comparison leaves. */
const mostExact = 5000;
/** So many of the coarsely nearest are compared exactly, for each one that is asked for, and at least. */
const coarseShare = 20;
const leastCoarse = 1000;
/** So many vectors are read at once. */
const pageSize = 500;

interface Scored {
  readonly id: string;
  readonly similarity: number;
}

/** The records nearest to a vector; each similarity is exact. */
export async function findNear(
  context: Context,
  vector: Float32Array,
  space: string,
  filter: RecordFilter,
  k: number,
): Promise<Nearest> {
  const { db, s, sealer } = context;
  const name = nameOf(context, "space", space);
  const [counts] = await db.query(
    `with held as (select scope from ${s}.scope_within where outside = $1)
     select (select sum(records) from ${s}.scopes where n in (select scope from held))::bigint as packed,
       (select sum(sign) from ${s}.recent where scope in (select scope from held))::bigint as fresh,
       (select count(*) from ${s}.vectors where space = $2 and scope in (select scope from held)) as vectors`,
    [sealer.token("scope", filter.scope), name],
  );
  const held = int(counts?.["vectors"]);
  const lacking = int(counts?.["packed"]) + int(counts?.["fresh"]) - held;
  if (k <= 0 || held === 0) return { nearest: [], lacking };
  const coarse = coarseOf(context, vector, held);
  for (let limit = coarse === undefined ? Infinity : Math.max(leastCoarse, k * coarseShare); ; limit *= 8) {
    const { scored, seen } = await compare(context, vector, name, filter, coarse, limit);
    const nearest = await pick(context, scored, filter, k);
    if (nearest.length >= k || seen < limit) return { nearest, lacking };
  }
}

/** A distance that the server can order by, and the value that it binds. */
interface Coarse {
  readonly sql: (bound: string) => string;
  readonly value: string;
}

/**
 * How the server finds those that are worth an exact comparison: by pgvector where it is installed; else, when there are
 * many, by how many numbers differ in sign; else not at all.
 */
function coarseOf({ vectorSchema }: Context, vector: Float32Array, held: number): Coarse | undefined {
  if (vectorSchema !== undefined)
    return {
      // The distance to or from nothing but zeros is no number; the contract takes it for a right angle.
      sql: (bound) =>
        `coalesce(nullif(v.data::${vectorSchema}.vector operator(${vectorSchema}.<=>) ${bound}::${vectorSchema}.vector, 'NaN'), 1)`,
      value: `[${vector.join(",")}]`,
    };
  if (held <= mostExact) return undefined;
  return { sql: (bound) => `bit_count(v.bits # ${bound}::bit varying)`, value: bitsOf(vector) };
}

/** Compares exactly: all that fit the filter, or the coarsely nearest. */
async function compare(
  context: Context,
  vector: Float32Array,
  name: string,
  filter: RecordFilter,
  coarse: Coarse | undefined,
  limit: number,
): Promise<{ readonly scored: Scored[]; readonly seen: number }> {
  const { db, s } = context;
  const { sql, values } = conditions(context, filter, 2);
  const from = `from ${s}.vectors v join ${s}.records r on r.id = v.id where v.space = $1 and ${sql}`;
  const bind = (value: unknown): string => `$${values.push(value) + 1}`;
  const scored: Scored[] = [];
  const take = (rows: readonly Row[]): void => {
    for (const row of rows)
      scored.push({ id: text(row["id"]), similarity: cosineSimilarity(vector, toVector(text(row["data"]))) });
  };
  if (coarse !== undefined) {
    const order = `order by ${coarse.sql(bind(coarse.value))}, v.id limit ${bind(limit)}`;
    take(await db.query(`select v.id, v.data::text as data ${from} ${order}`, [name, ...values]));
    return { scored, seen: scored.length };
  }
  const after = `$${values.length + 2}`;
  for (let last = ""; ;) {
    const rows = await db.query(
      `select v.id, v.data::text as data ${from} and v.id > ${after}::text collate "C" order by v.id limit ${pageSize}`,
      [name, ...values, last],
    );
    take(rows);
    if (rows.length < pageSize) return { scored, seen: scored.length };
    last = text(rows.at(-1)?.["id"]);
  }
}

/** The best `k` of what was compared. */
async function pick(context: Context, scored: Scored[], filter: RecordFilter, k: number): Promise<Near[]> {
  scored.sort((a, b) => b.similarity - a.similarity || compareText(a.id, b.id));
  const nearest: Near[] = [];
  for (let at = 0; at < scored.length && nearest.length < k; at += k) {
    const some = scored.slice(at, at + k);
    const rows = await context.db.query(`${selectRecords(context.s)} where r.id = any ($1::text[])`, [
      some.map(({ id }) => id),
    ]);
    const records = new Map((await openRecords(context, rows)).map((row) => [row.record.id, row]));
    for (const { id, similarity } of some) {
      const row = records.get(id);
      // Marks and threads are found by tokens of 48 bits, which two names might share.
      if (row !== undefined && fitsFilter(row.record, filter) && nearest.length < k)
        nearest.push({ ...toStored(row), similarity });
    }
  }
  return nearest;
}

/** Records without a vector in a space, oldest first. */
export async function findUnembedded(
  context: Context,
  space: string,
  filter: RecordFilter,
  limit: number,
): Promise<StoredRecord[]> {
  const { db, s, sealer } = context;
  const { sql, values } = narrowing(context, filter, 4);
  const most = Math.max(0, Math.min(limit, Number.MAX_SAFE_INTEGER));
  const rows = await db.query(
    `select r.* from (select scope from ${s}.scope_within where outside = $3) w cross join lateral
       (${selectRecords(s)} where not exists (select 1 from ${s}.vectors v where v.space = $1 and v.id = r.id)
        and r.scope = w.scope and ${sql} order by r.created, r.id limit $2) r
     order by r.created, r.id limit $2`,
    [nameOf(context, "space", space), most, sealer.token("scope", filter.scope), ...values],
  );
  return (await openRecords(context, rows)).filter(({ record }) => fitsFilter(record, filter)).map(toStored);
}

/** The vectors of records in a space. */
export async function findVectors(
  context: Context,
  space: string,
  ids: readonly string[],
): Promise<readonly StoredVector[]> {
  const rows = await context.db.query(
    `select id, data::text as data from ${context.s}.vectors where space = $1 and id = any ($2::text[])`,
    [nameOf(context, "space", space), ids],
  );
  return rows
    .map((row) => ({ id: text(row["id"]), vector: toVector(text(row["data"])) }))
    .sort((a, b) => compareText(a.id, b.id));
}
