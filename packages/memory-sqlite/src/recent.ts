import { addRecentTerms, findRecentTerms, noRecentTerms, type Postings } from "@brainops/core/postings";
import type { Context } from "./context.ts";
import { bytes, int } from "./handle.ts";

/** For each asked token, which of the recent records of some scopes hold it. What was read of recent records is remembered. */
export function findRecent(
  context: Context,
  scopes: ReadonlySet<number>,
  state: string,
  tokens: readonly number[],
): readonly Postings[] {
  if (context.recent?.state !== state) context.recent = { state, terms: noRecentTerms(), scopes: [] };
  const known = context.recent;
  const rows = context.db.all(
    "select record, scope, terms from recent where record > ? order by record",
    known.terms.records.at(-1) ?? -1,
  );
  for (const row of rows) {
    addRecentTerms(known.terms, int(row["record"]), bytes(row["terms"]));
    known.scopes.push(int(row["scope"]));
  }
  const found: Postings[] = tokens.map(() => ({ records: [], frequencies: [] }));
  findRecentTerms(known.terms, tokens, found, (row) => scopes.has(known.scopes[row] ?? -1));
  return found;
}
