import { analyserVersion } from "@brainops/core/recall";
import type { Context } from "./context.ts";
import { int, textOf } from "./handle.ts";
import { makePacker } from "./packing.ts";
import { openRecord, recordColumns } from "./record-body.ts";
import { addGrowth, indexTerms } from "./record-index.ts";

/** So many records are indexed in one transaction. */
const sliceSize = 100;

/**
 * Makes the index of words anew when they were analysed by other rules than today's: then a query would ask for terms that
 * no record was entered under. In slices; a process that is stopped, or another one, goes on where it was.
 */
export async function reindex(context: Context): Promise<void> {
  const packer = makePacker(context, () => {});
  while (slice(context)) {
    packer.slice(5);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await packer.stop();
}

/** Indexes some more records; `false` when all are. */
function slice(context: Context): boolean {
  const { db } = context;
  const meta = (key: string): string | undefined => {
    const row = db.get("select value from meta where key = ?", key);
    return row && textOf(row["value"]);
  };
  if (meta("analyser") === String(analyserVersion)) return false;
  db.run("begin immediate");
  try {
    if (meta("analyser") !== String(analyserVersion)) {
      const rules = `${analyserVersion}:`;
      const begun = meta("reindex");
      const from = begun?.startsWith(rules) ? Number(begun.slice(rules.length)) : empty(context);
      const rows = db.all(`select ${recordColumns} from records where n > ? order by n limit ${sliceSize}`, from);
      for (const row of rows) {
        const n = int(row["n"]);
        const terms = context.tokensOf(openRecord(context, row).text);
        indexTerms(context, { scope: int(row["scope"]), kind: int(row["kind"]), record: n }, terms, true);
        db.run("update records set length = ? where n = ?", terms.length, n);
      }
      addGrowth(context);
      const last = rows.at(-1);
      if (last === undefined) {
        db.run("update meta set value = ? where key = 'analyser'", String(analyserVersion));
        db.run("delete from meta where key = 'reindex'");
      } else db.run("insert or replace into meta (key, value) values ('reindex', ?)", `${rules}${int(last["n"])}`);
    }
    db.run("commit");
  } catch (error) {
    db.run("rollback");
    throw error;
  }
  return true;
}

/** Empties the index; gives the record after which to begin. */
function empty({ db }: Context): number {
  db.run("delete from postings");
  db.run("delete from segments");
  db.run("delete from recent");
  db.run("update words set recent = 0, changed = changed + 1, taken = taken + 1");
  db.run("update kinds set records = 0, terms = 0");
  db.run("update scopes set generation = generation + 1");
  return 0;
}
