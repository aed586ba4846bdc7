import { findBest, type Best, type TermPostings } from "@brainops/core/postings";
import { compareText, type Context } from "./context.ts";
import { int, text } from "./handle.ts";
import type { Words } from "./words.ts";

/** So many records share one lower bound of their ids. */
export const idRange = 256;
/** So much of an id its range keeps: enough for the time in a UUIDv7. */
export const headLength = 13;

/** Where fewer records hold the terms, bounds of ids spare nothing. */
const worthBounds = 50_000;
/** Bounds of so many scopes are remembered. */
const mostScopes = 8;

/** Finds the best matches, with what is known of ids where that spares a look at most of them. */
export async function findBestIn(
  context: Context,
  postings: readonly TermPostings[],
  enough: number,
  words: Words,
): Promise<Best> {
  const { db, s } = context;
  const { gone } = words;
  const isWorth = postings.reduce((sum, { holding }) => sum + holding, 0) >= worthBounds;
  const options = isWorth ? { gone, leastIdFrom: await leastFrom(context, words) } : { gone };
  const search = findBest(postings, enough, options);
  let step = search.next();
  while (step.done !== true) {
    const [row] = await db.query(`select max(id) as id from ${s}.records where n = any ($1::bigint[])`, [step.value]);
    step = search.next(text(row?.["id"]));
  }
  return step.value;
}

async function leastFrom(context: Context, words: Words): Promise<(record: number) => string> {
  const bounds = await boundsOf(context, words);
  // Bounds say nothing of what is not packed.
  const recent = words.recent.reduce((least, { leastId }) => (leastId < least ? leastId : least), "\uffff");
  return (record) => {
    const packed = bounds[Math.floor(record / idRange)] ?? "\uffff";
    return packed < recent ? packed : recent;
  };
}

async function boundsOf({ db, s, packed }: Context, { scope, state }: Words): Promise<readonly string[]> {
  const known = packed.bounds.get(scope);
  if (known?.state === state) return known.leastFrom;
  // Read after the segments: of every record that is in them, and is still there, the range's bound is at most its id.
  const rows = await db.query(`select range, low from ${s}.id_ranges order by range desc`);
  const leastFrom: string[] = [];
  let least = "\uffff";
  let above = int(rows[0]?.["range"]) + 1;
  for (const row of rows) {
    const range = int(row["range"]);
    while (--above > range) leastFrom[above] = least;
    const low = text(row["low"]);
    leastFrom[range] = least = low < least ? low : least;
  }
  while (--above >= 0) leastFrom[above] = least;
  if (packed.bounds.size >= mostScopes) packed.bounds.clear();
  packed.bounds.set(scope, { state, leastFrom });
  return leastFrom;
}

/** Records whose ids are at least `low`, all of them before those of the next part. */
export interface Part {
  readonly low: string;
  /** By their places among those that were parted. */
  readonly places: number[];
}

/** So many ranges are read at once. */
const rangesAtOnce = 64;

/**
 * Parts many records by lower bounds of their ids, and gives the lowest parts first. Ids mostly grow with time, as numbers do, so of
 * many records only those few need be read whose range may hold the smallest ids.
 */
export async function* byLowestId(
  { db, s }: Context,
  records: readonly number[],
  { recent }: Pick<Words, "recent">,
): AsyncGenerator<Part> {
  const ranges = new Map<number, number[]>();
  const single: Part[] = [];
  // They come ascending, but for a few, so those of a range follow each other.
  let [last, places]: [number, number[]] = [-1, []];
  for (const [place, record] of records.entries()) {
    const id = idAmong(recent, record);
    const range = Math.floor(record / idRange);
    if (id !== undefined) single.push({ low: id, places: [place] });
    else {
      if (range !== last) [last, places] = [range, ranges.get(range) ?? []];
      if (places.push(place) === 1) ranges.set(range, places);
    }
  }
  single.sort((a, b) => compareText(a.low, b.low));
  let given = 0;
  for (let page = await readLows(); page.length > 0; page = ranges.size === 0 ? [] : await readLows()) {
    for (const { range, low } of page) {
      for (let part = single[given]; part !== undefined && part.low < low; part = single[++given]) yield part;
      yield { low, places: ranges.get(range) ?? [] };
      ranges.delete(range);
    }
    if (page.length < rangesAtOnce) break;
  }
  yield* single.slice(given);
  // What no range is known of any more has just been erased.
  for (const places of ranges.values()) yield { low: "\uffff", places };

  /** The lowest of those that were not given yet. What is packed meanwhile may have made one lower than those that were. */
  async function readLows(): Promise<{ readonly range: number; readonly low: string }[]> {
    const rows = await db.query(
      `select range, low from ${s}.id_ranges where range = any ($1::bigint[]) order by low, range limit ${rangesAtOnce}`,
      [[...ranges.keys()]],
    );
    return rows.map((row) => ({ range: int(row["range"]), low: text(row["low"]) }));
  }
}

function idAmong(recent: Words["recent"], record: number): string | undefined {
  for (const { ids } of recent) {
    const id = ids.get(record);
    if (id !== undefined) return id;
  }
  return undefined;
}
