import type { Candidate, Candidates, RecordFilter } from "@brainops/core";
import { fitsFilter, inverseFrequency } from "@brainops/core/recall";
import { compareText, type Context } from "./context.ts";
import { conditions, toStored } from "./find.ts";
import { int } from "./handle.ts";
import { recordColumns } from "./record-body.ts";
import { scopesWithin } from "./scopes.ts";

interface Found {
  score: number;
  readonly frequencies: number[];
}

/** Finds the records that hold the rarest of the asked terms. */
export function findCandidates(
  context: Context,
  terms: readonly string[],
  filter: RecordFilter,
  k: number,
): Candidates {
  const { db, sealer } = context;
  const scopes = scopesWithin(context, filter.scope).join(",");
  const sums = db.get(`select sum(records) as total, sum(terms) as length from scopes where n in (${scopes})`);
  const total = int(sums?.["total"]);
  const found = new Map<number, Found>();
  const documentFrequencies = terms.map((term, index) => {
    const rows = db.all(
      `select record, frequency from postings where term = ? and scope in (${scopes})`,
      sealer.token("term", term),
    );
    const idf = inverseFrequency(total, rows.length);
    for (const row of rows) {
      const record = int(row["record"]);
      let entry = found.get(record);
      if (entry === undefined) found.set(record, (entry = { score: 0, frequencies: terms.map(() => 0) }));
      entry.score += idf;
      entry.frequencies[index] = int(row["frequency"]);
    }
    return rows.length;
  });
  return {
    candidates: best(context, found, filter, k),
    total,
    totalLength: int(sums?.["length"]),
    documentFrequencies,
  };
}

/** The best `k` that fit the filter, ties by id. Scores are walked downwards, so that only as many rows as needed are read. */
function best(context: Context, found: ReadonlyMap<number, Found>, filter: RecordFilter, k: number): Candidate[] {
  const { sql, values } = conditions(context, filter);
  const query = `select ${recordColumns} from records where n = ? and ${sql}`;
  const byScore = Map.groupBy(found, ([, { score }]) => score);
  const candidates: Candidate[] = [];
  for (const score of [...byScore.keys()].sort((a, b) => b - a)) {
    if (candidates.length >= k) break;
    const ties = (byScore.get(score) ?? []).map(([n, entry]) => ({
      n,
      id: String(context.db.get("select id from records where n = ?", n)?.["id"]),
      entry,
    }));
    ties.sort((a, b) => compareText(a.id, b.id));
    for (const { n, entry } of ties) {
      if (candidates.length >= k) break;
      const row = context.db.get(query, n, ...values);
      if (row === undefined) continue;
      const stored = toStored(context, row);
      if (!fitsFilter(stored.record, filter)) continue;
      candidates.push({ ...stored, frequencies: entry.frequencies, length: int(row["length"]) });
    }
  }
  return candidates;
}
