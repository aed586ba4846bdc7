import { packTerms } from "@brainops/core/postings";
import { analyserVersion } from "@brainops/core/recall";
import type { Context } from "./context.ts";
import { text } from "./handle.ts";
import { openRecords, selectRecords } from "./record-body.ts";
import { keysLock } from "./sql/locks.ts";

/** So many records are indexed with one statement. */
const rowsAtOnce = 500;

/**
 * Makes the index of words anew when they were analysed by other rules than today's: then a query would ask for terms that
 * no record was entered under. All in one transaction, for which commits wait; readers see the old index until it is done.
 */
export async function reindex(context: Context): Promise<void> {
  const { db, s } = context;
  const [held] = await db.query(`select value from ${s}.meta where key = 'analyser'`);
  if (text(held?.["value"]) === String(analyserVersion)) return;
  await db.transaction(async (query, script) => {
    await query(`select pg_advisory_xact_lock(${keysLock(s)})`);
    const [again] = await query(`select value from ${s}.meta where key = 'analyser'`);
    if (text(again?.["value"]) === String(analyserVersion)) return;
    await script(
      `delete from ${s}.postings; delete from ${s}.segments; delete from ${s}.recent; delete from ${s}.id_ranges;
       update ${s}.scopes set records = 0, terms = 0, generation = ${s}.stamp_1()`,
    );
    for (let last = 0; ;) {
      const rows = await query(`${selectRecords(s)} where r.n > $1 order by r.n limit ${rowsAtOnce}`, [last]);
      if (rows.length === 0) break;
      const found = (await openRecords(context, rows)).map(({ n, record }) => {
        const tokens = context.tokensOf(record.text);
        return { n, length: tokens.length, terms: Buffer.from(packTerms(tokens)).toString("hex") };
      });
      await query(
        `with input as (select * from jsonb_to_recordset($1::jsonb) as r (n bigint, length integer, terms text)),
         changed as (update ${s}.records r set length = i.length from input i where r.n = i.n
           returning r.scope, r.n, r.id, i.length, i.terms)
         insert into ${s}.recent (scope, record, sign, position, length, id, terms)
           select scope, n, 1, (pg_current_xact_id()::text::bigint + base) * 1024, length, id, decode(terms, 'hex')
           from changed, ${s}.clock`,
        [JSON.stringify(found)],
      );
      last = Number(rows.at(-1)?.["n"]);
    }
    await query(`update ${s}.meta set value = $1 where key = 'analyser'`, [String(analyserVersion)]);
  });
}
