import { packTerms } from "@brainops/core/postings";
import type { Tokens } from "@brainops/core/recall";
import type { Context } from "./context.ts";
import { mostRecent, packedTogether } from "./packing.ts";
import { dropEmptySegments, readSegments, removePostings } from "./postings.ts";
import { readWords } from "./words.ts";

/** A record in the index. */
export interface Indexed {
  readonly scope: number;
  readonly kind: number;
  readonly record: number;
}

/**
 * Makes a record findable by its words. They lie beside it, as they are, until enough of them can be packed together.
 * Within a transaction.
 */
export function indexTerms(context: Context, indexed: Indexed, tokens: Tokens, isNew: boolean): void {
  const { scope, record } = indexed;
  context.db.run("insert into recent (record, scope, terms) values (?, ?, ?)", record, scope, packTerms(tokens));
  grow(context, indexed, 1, tokens.length, 1);
  // The number of a new record is greater than those of all others: numbers are never given twice.
  if (!isNew) changeRecent(context);
}

/** Says that recent records must be read anew, and that what is being packed is stale. Within a transaction. */
function changeRecent({ db }: Context): void {
  db.run("update words set changed = changed + 1");
}

/** Says that a scope's packed words must be read anew, and that what is being merged is stale. Within a transaction. */
function changePacked({ db }: Context, scope: number): void {
  db.run("update words set taken = taken + 1");
  db.run("update scopes set generation = generation + 1 where n = ?", scope);
}

/** Takes a record's words out of the index, step by step. Within a transaction. */
export function* unindexTerms(context: Context, indexed: Indexed, { tokens, length }: Tokens): Generator<undefined> {
  const { scope, record } = indexed;
  const wasRecent = context.db.run("delete from recent where record = ?", record).changes;
  grow(context, indexed, -1, -length, -wasRecent);
  if (wasRecent > 0) return changeRecent(context);
  yield* removePostings(context, scope, tokens, record);
  changePacked(context, scope);
}

function grow({ growth }: Context, { scope, kind }: Indexed, records: number, terms: number, recent: number): void {
  let known = growth.get(scope);
  if (known === undefined) growth.set(scope, (known = { recent: 0, kinds: new Map() }));
  known.recent += recent;
  const ofKind = known.kinds.get(kind);
  if (ofKind === undefined) known.kinds.set(kind, { records, terms });
  else {
    ofKind.records += records;
    ofKind.terms += terms;
  }
}

/** Adds up by how much scopes have grown. Within a transaction, at the end of a commit. */
export function addGrowth(context: Context): void {
  const { db, growth } = context;
  if (growth.size === 0) return;
  let recent = 0;
  for (const [scope, grown] of growth) {
    recent += grown.recent;
    for (const [kind, { records, terms }] of grown.kinds)
      if (records !== 0 || terms !== 0)
        db.run(
          `insert into kinds (scope, kind, records, terms) values (?, ?, ?, ?)
           on conflict do update set records = records + excluded.records, terms = terms + excluded.terms`,
          scope,
          kind,
          records,
          terms,
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
