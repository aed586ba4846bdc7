import { compareText, type Context } from "./context.ts";
import { int, text } from "./handle.ts";
import type { Matches } from "./matches.ts";

const buckets = 4096;

/** Places with equal scores together, the best first. As a rule the first half already holds as many as are wanted. */
export function* groupsOf(matches: Matches, idfs: readonly number[], enough: number): Generator<number[]> {
  const most = idfs.reduce((sum, idf) => sum + idf, 0);
  const from = threshold(matches, most, enough);
  yield* between(matches, idfs, most, from, Infinity);
  if (from > 0) yield* between(matches, idfs, most, 0, from);
}

/** The bucket of a score. All that are equal, but for the order of their sums, are in one or in two side by side. */
function bucketOf(score: number, most: number): number {
  return Math.min(buckets - 1, Math.floor((score * buckets) / most));
}

/** A score that at least so many reach; below zero when there are not so many. */
export function leastOfBest(matches: Matches, most: number, enough: number): number {
  const counts = countBuckets(matches, most);
  let held = 0;
  for (let bucket = buckets - 1; bucket >= 0; bucket--) {
    held += counts[bucket] ?? 0;
    if (held >= enough) return ((bucket * most) / buckets) * (1 - 1e-9);
  }
  return -1;
}

function countBuckets(matches: Matches, most: number): Uint32Array {
  const counts = new Uint32Array(buckets);
  for (let place = 0; place < matches.size; place++) {
    const bucket = bucketOf(matches.score(place), most);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts;
}

/** The bucket from which on there are enough matches. */
function threshold(matches: Matches, most: number, enough: number): number {
  if (matches.size <= 256) return 0;
  const counts = countBuckets(matches, most);
  let held = 0;
  for (let bucket = buckets - 1; bucket > 0; bucket--) {
    held += counts[bucket] ?? 0;
    // A bucket that ends in nothing parts sums that cannot be equal.
    if (held >= enough && counts[bucket - 1] === 0) return bucket;
  }
  return 0;
}

function between(
  matches: Matches,
  idfs: readonly number[],
  most: number,
  from: number,
  above: number,
): readonly number[][] {
  const scoreOfSet = new Map<number | string, number>();
  const byScore = new Map<number, number[]>();
  for (let place = 0; place < matches.size; place++) {
    const about = matches.score(place);
    if (about === 0) continue;
    const bucket = bucketOf(about, most);
    if (bucket < from || bucket >= above) continue;
    const set = matches.setOf(place);
    let score = scoreOfSet.get(set);
    if (score === undefined) {
      // Added up in the order asked, so that orders are equal to the last bit in every store.
      score = idfs.reduce((sum, idf, index) => (matches.holds(place, index) ? sum + idf : sum), 0);
      scoreOfSet.set(set, score);
    }
    const group = byScore.get(score);
    if (group === undefined) byScore.set(score, [place]);
    else group.push(place);
  }
  return [...byScore].sort(([a], [b]) => b - a).map(([, places]) => places);
}

/** So many records share one lower bound of their ids. */
export const idRange = 256;
/** So much of an id its range keeps: enough for the time in a UUIDv7. */
export const headLength = 13;

/** Places whose ids are at least `low`, all of them before those of the next part. */
export interface Part {
  readonly low: string;
  readonly places: number[];
}

/**
 * Parts a large group by lower bounds of its records' ids. Ids mostly grow with time, as numbers do, so of many records
 * only those few need be read whose range may hold the smallest ids.
 */
export async function byLowestId(
  { db, s }: Context,
  matches: Matches,
  places: readonly number[],
  ids: ReadonlyMap<number, string>,
): Promise<Part[]> {
  const parts = new Map<number, number[]>();
  const single: Part[] = [];
  for (const place of places) {
    const record = matches.record(place);
    const id = ids.get(record);
    if (id !== undefined) {
      single.push({ low: id, places: [place] });
      continue;
    }
    const range = Math.floor(record / idRange);
    const part = parts.get(range);
    if (part === undefined) parts.set(range, [place]);
    else part.push(place);
  }
  const rows = await db.query(`select range, low from ${s}.id_ranges where range = any ($1::bigint[])`, [
    [...parts.keys()],
  ]);
  const lows = new Map(rows.map((row) => [int(row["range"]), text(row["low"])]));
  const ranged = [...parts].map(([range, places]) => ({ low: lows.get(range) ?? "", places }));
  return [...ranged, ...single].sort((a, b) => compareText(a.low, b.low));
}
