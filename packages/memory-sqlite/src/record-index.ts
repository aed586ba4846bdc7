import { countTerms } from "@brainops/core/recall";
import type { Context } from "./context.ts";
import { int } from "./handle.ts";
import { addPostings, removePosting } from "./postings.ts";
import { changeRecent, isPacked, readPacking } from "./packing-state.ts";
import { packTerms } from "./recent.ts";

/** The tokens of a text with their counts, and how many terms it has. */
export function tokensOf(context: Context, text: string): { tokens: Map<number, number>; length: number } {
  const { frequencies, length } = countTerms(text);
  const tokens = new Map<number, number>();
  for (const [term, frequency] of frequencies) {
    // Two terms may share a token of 48 bits, if hardly ever: then they are found together.
    const token = context.sealer.token("term", term);
    tokens.set(token, (tokens.get(token) ?? 0) + frequency);
  }
  return { tokens, length };
}

/**
 * Makes a record findable by its words. They lie beside it, as they are, until enough of them can be packed together.
 * Within a transaction.
 */
export function indexTerms(
  context: Context,
  scope: number,
  record: number,
  { tokens, length }: ReturnType<typeof tokensOf>,
  isNew: boolean,
): void {
  const { db } = context;
  db.run("insert into recent (scope, record, terms) values (?, ?, ?)", scope, record, packTerms(tokens));
  const sums = db.get(
    "update scopes set records = records + 1, terms = terms + ?, recent = recent + 1 where n = ? returning records, recent",
    length,
    scope,
  );
  if (int(sums?.["recent"]) >= packingSize(int(sums?.["records"]))) context.unpacked.add(scope);
  if (isNew) return;
  changeRecent(context);
  const state = readPacking(context);
  for (const [token, frequency] of tokens)
    if (isPacked(state, scope, record, token))
      addPostings(context, scope, token, { records: [record], frequencies: [frequency] });
}

/** Takes a record's words out of the index. Within a transaction. */
export function unindexTerms(
  context: Context,
  scope: number,
  record: number,
  { tokens, length }: ReturnType<typeof tokensOf>,
): void {
  const { db } = context;
  const wasRecent = db.run("delete from recent where scope = ? and record = ?", scope, record).changes;
  if (wasRecent > 0) changeRecent(context);
  db.run(
    "update scopes set records = records - 1, terms = terms - ?, recent = recent - ? where n = ?",
    length,
    wasRecent,
    scope,
  );
  const state = readPacking(context);
  for (const token of tokens.keys())
    if (wasRecent === 0 || isPacked(state, scope, record, token)) removePosting(context, scope, token, record);
}

/** Drops the index of a whole scope. Within a transaction. */
export function unindexScope(context: Context, scope: number): void {
  const { db } = context;
  db.run("delete from postings where scope = ?", scope);
  db.run("delete from recent where scope = ?", scope);
  db.run("update packing set generation = generation + 1");
  db.run("update packing set scope = 0 where scope = ?", scope);
}

/** How many recent records a scope may have before they are packed: the larger it is, the more share a block's rewriting. */
export function packingSize(records: number): number {
  return Math.min(4096, Math.max(256, Math.floor(records / 32)));
}
