import { apart, readBlock, writeBlocks, type Chunk } from "@brainops/core/postings";
import type { Context } from "./context.ts";
import { bytes, int, type Row } from "./handle.ts";
import { addBlocks, addSegment, blockSizes } from "./segments.ts";

/** So many segments of about one size become one, in the way of P. O'Neil and others, "The log-structured merge-tree", 1996. */
export const mergedTogether = 8;
/** The smallest size, and how many sizes there are: what has more records than the last is never merged again. */
const smallest = 256;
const sizes = 4;
/** About so many records' postings are read at a time, so that the event loop turns in between. */
const recordsAtOnce = 2500;
/** Terms are keyed digests of 48 bits, so equally many lie in ranges of equal length. */
const terms = 2 ** 48;

/** Merges some segments of a scope into one, in one transaction. `false` when there are too few of any size. */
export async function mergeSegments(context: Context, scope: number): Promise<boolean> {
  const { db, s } = context;
  return db.transaction(async (query) => {
    await query("select set_config('synchronous_commit', 'off', true)");
    const [mine] = await query(`select n from ${s}.scopes where n = $1 for no key update skip locked`, [scope]);
    if (mine === undefined) return false;
    const segments = await query(`select n, size, low, high from ${s}.segments where scope = $1 order by low, n`, [
      scope,
    ]);
    const found = chooseOneSize(segments);
    if (found === undefined) return false;
    const size = found.reduce((sum, row) => sum + int(row["size"]), 0);
    const low = Math.min(...found.map((row) => int(row["low"])));
    const high = Math.max(...found.map((row) => int(row["high"])));
    const target = await addSegment(query, context, { scope, size, low, high });
    const numbers = found.map((row) => int(row["n"]));
    const slices = Math.ceil(size / recordsAtOnce);
    for (let slice = 0; slice < slices; slice++) {
      const from = Math.floor((terms / slices) * slice);
      const to = Math.floor((terms / slices) * (slice + 1));
      const rows = await query(`select data from ${s}.slice_1($1::bigint[], $2, $3) data`, [numbers, from, to]);
      const chunks = rows.flatMap((row) => readBlock(bytes(row["data"])));
      await addBlocks(query, context, target, writeBlocks(apart(inOrder(chunks, from, to)), blockSizes));
    }
    await query(`delete from ${s}.postings where segment = any ($1::bigint[])`, [numbers]);
    await query(`delete from ${s}.segments where n = any ($1::bigint[])`, [numbers]);
    return true;
  });
}

/** The first segments, by their records, of the smallest size of which there are enough. */
function chooseOneSize(segments: readonly Row[]): readonly Row[] | undefined {
  const bySize = Map.groupBy(segments, (row) =>
    Math.max(0, Math.floor(Math.log(int(row["size"]) / smallest) / Math.log(mergedTogether))),
  );
  for (let size = 0; size < sizes - 1; size++) {
    const found = bySize.get(size) ?? [];
    if (found.length >= mergedTogether) return found.slice(0, mergedTogether);
  }
  return undefined;
}

function inOrder(chunks: readonly Chunk[], from: number, to: number): Chunk[] {
  return chunks.filter(({ term }) => term >= from && term < to).sort((a, b) => a.term - b.term || a.first - b.first);
}
