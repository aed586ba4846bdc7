import { packTerms } from "@brainops/core/postings";
import type { Tokens } from "@brainops/core/recall";
import type { Context, Growth } from "./context.ts";
import { int } from "./handle.ts";
import { mostRecent, packedTogether } from "./packing.ts";
import { removePostings } from "./postings.ts";

/**
 * Makes a record findable by its words. They lie beside it, as they are, until enough of them can be packed together.
 * Within a transaction.
 */
export function indexTerms(context: Context, scope: number, record: number, tokens: Tokens, isNew: boolean): void {
  const { db } = context;
  db.run("insert into recent (scope, record, terms) values (?, ?, ?)", scope, record, packTerms(tokens));
  grow(context, scope, 1, tokens.length, 1);
  // The number of a new record is greater than those of all others: numbers are never given twice.
  if (!isNew) changeIndex(context, scope);
}

/** Says that the recent records of a scope must be read anew, and that what is being packed of it is stale. Within a transaction. */
function changeIndex({ db }: Context, scope: number): void {
  db.run("update scopes set generation = generation + 1 where n = ?", scope);
}

/** Takes a record's words out of the index. Within a transaction. */
export function unindexTerms(context: Context, scope: number, record: number, { tokens, length }: Tokens): void {
  const { db } = context;
  const wasRecent = db.run("delete from recent where scope = ? and record = ?", scope, record).changes;
  grow(context, scope, -1, -length, -wasRecent);
  if (wasRecent === 0) removePostings(context, scope, tokens, record);
  changeIndex(context, scope);
}

function grow(context: Context, scope: number, records: number, terms: number, recent: number): void {
  const growth = growthOf(context, scope);
  growth.records += records;
  growth.terms += terms;
  growth.recent += recent;
}

/** Counts a record more or less of a kind. */
export function growKind(context: Context, scope: number, kind: number, by: number): void {
  const { kinds } = growthOf(context, scope);
  kinds.set(kind, (kinds.get(kind) ?? 0) + by);
}

function growthOf({ growth }: Context, scope: number): Growth {
  let known = growth.get(scope);
  if (known === undefined) growth.set(scope, (known = { records: 0, terms: 0, recent: 0, kinds: new Map() }));
  return known;
}

/** Adds up by how much scopes have grown. Within a transaction, at the end of a commit. */
export function addGrowth({ db, growth, unpacked, crowded }: Context): void {
  for (const [scope, { records, terms, recent, kinds }] of growth) {
    const recentNow = db.get(
      `update scopes set records = records + ?, terms = terms + ?, recent = recent + ? where n = ?
       returning recent`,
      records,
      terms,
      recent,
      scope,
    );
    for (const [kind, by] of kinds)
      if (by !== 0)
        db.run(
          `insert into kinds (scope, kind, records) values (?, ?, ?)
           on conflict do update set records = records + excluded.records`,
          scope,
          kind,
          by,
        );
    const now = int(recentNow?.["recent"]);
    if (now >= packedTogether) unpacked.add(scope);
    if (now > mostRecent) crowded.add(scope);
  }
  growth.clear();
}

/** So many rows are deleted at once: they are overwritten, too. */
const rowsAtOnce = 200;

/** Drops the index of a whole scope, step by step. Within a transaction. */
export function* unindexScope(context: Context, scope: number): Generator<undefined> {
  const { db } = context;
  context.growth.delete(scope);
  for (const [table, key] of [
    ["postings", "scope, segment, term, first"],
    ["recent", "scope, record"],
  ] as const)
    while (
      db.run(
        `delete from ${table} where (${key}) in (select ${key} from ${table} where scope = ? limit ?)`,
        scope,
        rowsAtOnce,
      ).changes > 0
    )
      yield;
  db.run("delete from segments where scope = ?", scope);
  db.run("delete from kinds where scope = ?", scope);
}
