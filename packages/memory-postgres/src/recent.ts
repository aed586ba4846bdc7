import { isWithin } from "@brainops/core/recall";
import { addRecentTerms, noRecentTerms } from "@brainops/core/postings";
import type { Context } from "./context.ts";
import { bytes, int, type Row } from "./handle.ts";
import type { RecentTerms, Remembered } from "./recent-terms.ts";

/** Makes an empty one. */
function noTerms(): RecentTerms {
  return { ...noRecentTerms(), ids: new Map(), leastId: "\uffff", gone: new Set(), total: 0, totalLength: 0 };
}

/** Adds a row of `recent`, as `words_1` gives it. */
function addTerms(terms: RecentTerms, row: Row): void {
  const [record, sign] = [int(row["a"]), int(row["b"])];
  addRecentTerms(terms, record * sign, bytes(row["data"]));
  terms.total += sign;
  terms.totalLength += sign * int(row["c"]);
  if (sign < 0) terms.gone.add(record);
  const id = row["t"];
  if (typeof id !== "string") return;
  terms.ids.set(record, id);
  if (id < terms.leastId) terms.leastId = id;
}

const scopesKept = 256;

/** What is remembered of scopes within one, by their numbers, as it is now. */
export function rememberedWithin({ recent, scopesByNumber }: Context, outer: string): Map<number, Remembered> {
  const found = new Map<number, Remembered>();
  for (const [n, remembered] of recent) {
    const scope = scopesByNumber.get(n);
    if (scope !== undefined && isWithin(scope.path, outer)) found.set(n, remembered);
  }
  return found;
}

/** What is remembered, as `words_1` takes it. */
export function known(remembered: ReadonlyMap<number, Remembered>): [number[], number[], number[]] {
  const all = [...remembered.values()];
  return [[...remembered.keys()], all.map(({ generation }) => generation), all.map(({ horizon }) => horizon)];
}

/** Puts together what is remembered of a scope with what was read; remembers what cannot change any more. */
export function recentTerms(
  { recent }: Context,
  scope: number,
  generation: number,
  horizon: number,
  asked: ReadonlyMap<number, Remembered>,
  rows: readonly Row[],
): [settled: RecentTerms, open: RecentTerms] {
  const before = asked.get(scope);
  const settled = before?.generation === generation ? before : { generation, horizon: 0, terms: noTerms() };
  const open = noTerms();
  const from = settled.horizon;
  for (const row of rows) {
    const position = int(row["d"]);
    // Of two queries at once the other may have answered first, though it saw more: then these are in its rows already.
    if (position < from) continue;
    addTerms(position < horizon ? settled.terms : open, row);
  }
  settled.horizon = Math.max(from, horizon);
  if (recent.size >= scopesKept && !recent.has(scope)) recent.clear();
  if (settled.terms.records.length > 0) recent.set(scope, settled);
  return [settled.terms, open];
}
