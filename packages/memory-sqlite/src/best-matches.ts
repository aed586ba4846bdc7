import { compareText, type Context } from "./context.ts";
import { int, type Value, textOf } from "./handle.ts";
import type { Matches } from "./matches.ts";

/** A record that holds asked terms. */
export interface Match {
  readonly record: number;
  /** Its place in the matches. */
  readonly place: number;
}

const buckets = 4096;

/**
 * Gives matches in the order of the contract: by the sum of what their terms tell, added up in the order asked; ties by id.
 * Only as much is sorted as is taken: `atLeast` says how many will be, most likely.
 */
export function* bestMatches(
  context: Context,
  matches: Matches,
  idfs: readonly number[],
  atLeast: number,
): Generator<Match> {
  let from = threshold(matches, idfs, atLeast);
  let above = Infinity;
  while (above > 0) {
    for (const ties of groups(matches, idfs, from, above)) yield* inOrder(context, matches, ties, atLeast);
    above = from;
    from = 0;
  }
}

/** The bucket of a score. All that are equal, but for the order of their sums, are in one or in two side by side. */
function bucketOf(score: number, most: number): number {
  return Math.min(buckets - 1, Math.floor((score * buckets) / most));
}

function sumOf(idfs: readonly number[]): number {
  return idfs.reduce((sum, idf) => sum + idf, 0);
}

/** The bucket from which on there are enough matches. */
function threshold({ size, scores }: Matches, idfs: readonly number[], enough: number): number {
  if (size <= 256) return 0;
  const most = sumOf(idfs);
  const counts = new Uint32Array(buckets);
  for (let place = 0; place < size; place++) {
    const bucket = bucketOf(scores[place] ?? 0, most);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  let held = 0;
  for (let bucket = buckets - 1; bucket > 0; bucket--) {
    held += counts[bucket] ?? 0;
    // A bucket that ends in nothing parts sums that cannot be equal.
    if (held >= enough && counts[bucket - 1] === 0) return bucket;
  }
  return 0;
}

/** Places with equal scores together, the best first; of the buckets from `from` up to, without, `above`. */
function groups(matches: Matches, idfs: readonly number[], from: number, above: number): number[][] {
  const { size, scores } = matches;
  const most = sumOf(idfs);
  const scoreOfSet = new Map<number | string, number>();
  const byScore = new Map<number, number[]>();
  for (let place = 0; place < size; place++) {
    const about = scores[place] ?? 0;
    if (about === 0) continue;
    const bucket = bucketOf(about, most);
    if (bucket < from || bucket >= above) continue;
    const set = matches.setOf(place);
    let score = scoreOfSet.get(set);
    if (score === undefined) {
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
const idRange = 256;

/**
 * Places in the order of their records' ids. Ids mostly grow with time, as numbers do, so of many records only the ids of
 * those are read whose range may hold the next ones.
 */
function* inOrder(context: Context, { records }: Matches, places: readonly number[], few: number): Generator<Match> {
  if (places.length <= Math.max(64, few)) {
    yield* sorted(context, records, places);
    return;
  }
  const byRange = Map.groupBy(places, (place) => Math.floor((records[place] ?? 0) / idRange));
  const lows = idLows(context);
  const ranges = [...byRange]
    .map(([range, places]) => ({ low: lows.get(range) ?? "", places }))
    .sort((a, b) => compareText(a.low, b.low));
  let waiting: (Match & { readonly id: string })[] = [];
  for (const [i, { places }] of ranges.entries()) {
    waiting = [...waiting, ...sorted(context, records, places)].sort((a, b) => compareText(a.id, b.id));
    const next = ranges[i + 1]?.low;
    let given = 0;
    for (; given < waiting.length; given++) {
      const match = waiting[given];
      if (match === undefined || (next !== undefined && match.id >= next)) break;
      yield match;
    }
    waiting = waiting.slice(given);
  }
}

function sorted(
  context: Context,
  records: Uint32Array,
  places: readonly number[],
): (Match & { readonly id: string })[] {
  return places
    .map((place) => {
      const record = records[place] ?? 0;
      return { record, place, id: textOf(context.db.get("select id from records where n = ?", record)?.["id"]) };
    })
    .sort((a, b) => compareText(a.id, b.id));
}

/** The lower bounds of all ranges, remembered until one changes. */
function idLows(context: Context): ReadonlyMap<number, string> {
  context.idLows ??= new Map(
    context.db.all("select range, low from id_ranges").map((row) => [int(row["range"]), textOf(row["low"])]),
  );
  return context.idLows;
}

/** Keeps the lower bound of the ids of a record's range. Within a transaction. */
export function noteId(context: Context, record: number, id: string): void {
  const range = Math.floor(record / idRange);
  const head = headOf(id);
  const known = context.idNoted.get(range);
  if (known !== undefined && known <= head) return;
  context.db.run(
    "insert into id_ranges (range, low) values (?, ?) on conflict do update set low = min(low, excluded.low)",
    range,
    head,
  );
  if (context.idNoted.size >= 1000) context.idNoted.clear();
  context.idNoted.set(range, head);
  context.idLows = undefined;
}

/** Lets nothing of an erased id be left in the bounds. Within a transaction, after the record is gone. */
export function forgetId(context: Context, record: number, id: string): void {
  const range = Math.floor(record / idRange);
  const span: Value[] = [range * idRange, (range + 1) * idRange - 1];
  context.db.run(
    `update id_ranges set low = ifnull((select min(substr(id, 1, ${headLength})) from records where n between ? and ?), '')
     where range = ? and low = ?`,
    ...span,
    range,
    headOf(id),
  );
  context.idNoted.delete(range);
  context.idLows = undefined;
}

/** Enough for the time in a UUIDv7. */
const headLength = 13;

function headOf(id: string): string {
  return id.slice(0, headLength);
}
