import { addRecentTerms, findRecentTerms, noRecentTerms, type Postings } from "@brainops/core/postings";
import type { Context } from "./context.ts";
import { bytes, int } from "./handle.ts";

const scopesKept = 256;

/** For each asked token, which of a scope's recent records hold it. What was read of them is remembered. */
export function findRecent(
  context: Context,
  scope: number,
  generation: number,
  tokens: readonly number[],
): readonly Postings[] {
  const { recent } = context;
  let known = recent.get(scope);
  if (known?.generation !== generation) {
    known = { generation, terms: noRecentTerms() };
    if (recent.size >= scopesKept) recent.clear();
    recent.set(scope, known);
  }
  const { terms } = known;
  const rows = context.db.all(
    "select record, terms from recent where scope = ? and record > ? order by record",
    scope,
    terms.records.at(-1) ?? -1,
  );
  for (const row of rows) addRecentTerms(terms, int(row["record"]), bytes(row["terms"]));
  const found: Postings[] = tokens.map(() => ({ records: [], frequencies: [] }));
  findRecentTerms(terms, tokens, found);
  return found;
}
