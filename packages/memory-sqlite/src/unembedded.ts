import type { RecordFilter, StoredRecord } from "@brainops/core";
import { fitsFilter } from "@brainops/core/recall";
import type { Context } from "./context.ts";
import { conditions, toStored } from "./find.ts";
import { int, type Value, textOf } from "./handle.ts";
import { recordColumns } from "./record-body.ts";
import { scopesWithin } from "./scopes.ts";
import { countVectors, findSpace } from "./vectors.ts";

/** So many records are looked through at once. */
const pageSize = 1000;

/** Records without a vector in a space, oldest first: looked for in slices. */
export async function findUnembedded(
  context: Context,
  read: <T>(work: () => T) => Promise<T>,
  space: string,
  filter: RecordFilter,
  limit: number,
): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  let after: Value[] = [];
  const page = (): boolean => {
    const number = findSpace(context, space);
    if (countVectors(context, scopesWithin(context, filter.scope), number).lacking === 0) return false;
    const { sql, values } = conditions(context, filter);
    const rows = context.db.all(
      `select n, id, created, exists (select 1 from vectors where record = n and space = ?) as has
       from records where ${sql} ${after.length === 0 ? "" : "and (created, id) > (?, ?)"} order by created, id limit ?`,
      number ?? 0,
      ...values,
      ...after,
      pageSize,
    );
    for (const row of rows) {
      if (found.length >= limit) return false;
      if (int(row["has"]) === 1) continue;
      const full = context.db.get(`select ${recordColumns} from records where n = ?`, int(row["n"]));
      const stored = full && toStored(context, full);
      if (stored !== undefined && fitsFilter(stored.record, filter)) found.push(stored);
    }
    const last = rows.at(-1);
    if (last !== undefined) after = [int(last["created"]), textOf(last["id"])];
    return rows.length === pageSize && found.length < limit;
  };
  while (limit > 0 && (await read(page)));
  return found;
}
