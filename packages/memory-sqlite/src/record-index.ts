import { packTerms } from "@brainops/core/postings";
import type { Tokens } from "@brainops/core/recall";
import type { Context, Growth } from "./context.ts";
import { mostRecent, packedTogether } from "./packing.ts";
import { dropEmptySegments, readSegments, removePostings } from "./postings.ts";
import { readWords } from "./words.ts";

/**
 * Makes a record findable by its words. They lie beside it, as they are, until enough of them can be packed together.
 * Within a transaction.
 */
export function indexTerms(context: Context, scope: number, record: number, tokens: Tokens, isNew: boolean): void {
  const { db } = context;
  db.run("insert into recent (record, scope, terms) values (?, ?, ?)", record, scope, packTerms(tokens));
  grow(context, scope, 1, tokens.length, 1);
  // The number of a new record is greater than those of all others: numbers are never given twice.
  if (!isNew) changeRecent(context);
}

/** Says that recent records must be read anew, and that what is being packed is stale. Within a transaction. */
function changeRecent({ db }: Context): void {
  db.run("update words set changed = changed + 1");
}

/** Says that what is remembered of a scope's packed words must be read anew, and that what is being merged is stale. Within a transaction. */
function changePacked({ db }: Context, scope: number): void {
  db.run("update words set taken = taken + 1");
  db.run("update scopes set generation = generation + 1 where n = ?", scope);
}

/** Takes a record's words out of the index. Within a transaction. */
export function unindexTerms(context: Context, scope: number, record: number, { tokens, length }: Tokens): void {
  const { db } = context;
  const wasRecent = db.run("delete from recent where record = ?", record).changes;
  grow(context, scope, -1, -length, -wasRecent);
  if (wasRecent > 0) return changeRecent(context);
  removePostings(context, scope, tokens, record);
  changePacked(context, scope);
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
export function addGrowth(context: Context): void {
  const { db, growth } = context;
  if (growth.size === 0) return;
  let recent = 0;
  for (const [scope, { records, terms, recent: more, kinds }] of growth) {
    recent += more;
    db.run("update scopes set records = records + ?, terms = terms + ? where n = ?", records, terms, scope);
    for (const [kind, by] of kinds)
      if (by !== 0)
        db.run(
          `insert into kinds (scope, kind, records) values (?, ?, ?)
           on conflict do update set records = records + excluded.records`,
          scope,
          kind,
          by,
        );
  }
  growth.clear();
  db.run("update words set recent = recent + ?", recent);
  const now = readWords(db).recent;
  if (now >= packedTogether) context.unpacked = true;
  if (now > mostRecent) context.crowded = true;
}

/** So many rows are deleted at once: they are overwritten, too. */
const rowsAtOnce = 200;

/** Drops the index of a whole scope, step by step. Within a transaction. */
export function* unindexScope(context: Context, scope: number): Generator<undefined> {
  const { db } = context;
  const more = context.growth.get(scope)?.recent ?? 0;
  context.growth.delete(scope);
  for (const { segment } of readSegments(context))
    while (
      db.run(
        `delete from postings where (segment, scope, term, first) in
           (select segment, scope, term, first from postings where segment = ? and scope = ? limit ?)`,
        segment,
        scope,
        rowsAtOnce,
      ).changes > 0
    )
      yield;
  dropEmptySegments(context);
  const { changes } = db.run("delete from recent where scope = ?", scope);
  // What this very commit has added is not counted yet.
  db.run("update words set recent = recent - ?, changed = changed + 1, taken = taken + 1", changes - more);
  db.run("delete from kinds where scope = ?", scope);
}
