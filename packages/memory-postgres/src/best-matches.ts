import { compareText, type Context } from "./context.ts";
import { int, text } from "./handle.ts";

/** So many records share one lower bound of their ids. */
export const idRange = 256;
/** So much of an id its range keeps: enough for the time in a UUIDv7. */
export const headLength = 13;

/** Records whose ids are at least `low`, all of them before those of the next part. */
export interface Part {
  readonly low: string;
  /** By their places among those that were parted. */
  readonly places: number[];
}

/**
 * Parts many records by lower bounds of their ids. Ids mostly grow with time, as numbers do, so of many records
 * only those few need be read whose range may hold the smallest ids.
 */
export async function byLowestId(
  { db, s }: Context,
  records: readonly number[],
  ids: ReadonlyMap<number, string>,
): Promise<Part[]> {
  const parts = new Map<number, number[]>();
  const single: Part[] = [];
  for (const [place, record] of records.entries()) {
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
