import type { Hit } from "../contracts/record.ts";
import type { Candidate, Candidates } from "../contracts/store.ts";
import { inverseFrequency } from "./inverse-frequency.ts";

/** What ranking needs to know beside the candidates. */
export interface RankContext {
  readonly text: string;
  readonly now: number;
}

const k1 = 0.9;
const b = 0.4;

/** Orders candidates by how well they fit, ties by id. Deterministic: the same input gives the same order everywhere. */
export function rank(terms: readonly string[], found: Candidates, _context: RankContext): Hit[] {
  const idf = found.documentFrequencies.map((n) => inverseFrequency(found.total, n));
  const average = found.totalLength / Math.max(1, found.total);
  const hits = found.candidates.map((candidate): Hit => {
    const { record, counters } = candidate;
    return { record, counters, score: bm25(candidate, idf, average), why: why(terms, candidate) };
  });
  return hits.sort((x, y) => y.score - x.score || (x.record.id < y.record.id ? -1 : 1));
}

function bm25(candidate: Candidate, idf: readonly number[], average: number): number {
  const norm = k1 * (1 - b + (b * candidate.length) / Math.max(1, average));
  let score = 0;
  for (const [i, frequency] of candidate.frequencies.entries())
    score += ((idf[i] ?? 0) * frequency * (k1 + 1)) / (frequency + norm);
  return score;
}

function why(terms: readonly string[], { frequencies }: Candidate): string {
  return `words: ${terms.filter((_, i) => (frequencies[i] ?? 0) > 0).join(", ")}`;
}
