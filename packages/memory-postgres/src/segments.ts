import { readBlock, withoutRecords, writeBlocks, type Block } from "@brainops/core/postings";
import type { Context } from "./context.ts";
import type { Query } from "./database.ts";
import { bytes, int } from "./handle.ts";
import { gatherBodies } from "./member.ts";

/** How long a block of words may become: eight lie on a page. What a common term has must not be read with what others have. */
export const blockSizes = { most: 960, alone: 500 } as const;

/** A segment: one packing of recent records, or several such that have been merged. */
export interface Segment {
  readonly scope: number;
  /** About how many records. */
  readonly size: number;
  /** No record outside of these is in it. */
  readonly low: number;
  readonly high: number;
}

/** Makes a segment without blocks, and gives its number. */
export async function addSegment(query: Query, { s }: Context, { scope, size, low, high }: Segment): Promise<number> {
  const [row] = await query(`select ${s}.segment_1($1, $2, $3, $4) as n`, [scope, size, low, high]);
  return int(row?.["n"]);
}

/** So many blocks go in one statement. */
const blocksAtOnce = 1000;

/** Adds blocks to a segment. */
export async function addBlocks(query: Query, { s }: Context, segment: number, blocks: Iterable<Block>): Promise<void> {
  let some: Block[] = [];
  const send = async (): Promise<void> => {
    const bodies = gatherBodies();
    const places = some.map(({ data }) => bodies.add(data));
    await query(`select ${s}.pack_1($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
      segment,
      some.map(({ term }) => term),
      some.map(({ first }) => first),
      some.map(({ lastTerm }) => lastTerm),
      some.map(({ last }) => last),
      some.map(({ count }) => count),
      places.map(({ b }) => b),
      places.map(({ z }) => z),
      bodies.all(),
    ]);
    some = [];
  };
  for (const block of blocks) if (some.push(block) >= blocksAtOnce) await send();
  if (some.length > 0) await send();
}

/** So many postings are looked for at once. */
const removedAtOnce = 2000;

/** Takes records out of what is packed of some terms. */
export async function takeOut(
  query: Query,
  context: Context,
  scope: number,
  removed: ReadonlyMap<number, ReadonlySet<number>>,
): Promise<void> {
  const { s } = context;
  const pairs = [...removed].flatMap(([term, records]) => [...records].map((record) => [term, record] as const));
  for (let at = 0; at < pairs.length; at += removedAtOnce) {
    const some = pairs.slice(at, at + removedAtOnce);
    const rows = await query(`select * from ${s}.holding_1($1, $2::bigint[], $3::bigint[])`, [
      scope,
      some.map(([term]) => term),
      some.map(([, record]) => record),
    ]);
    if (rows.length === 0) continue;
    const touched = Map.groupBy(rows, (row) => int(row["segment"]));
    await query(`select ${s}.unpack_1($1::bigint[], $2::bigint[], $3::bigint[])`, [
      rows.map((row) => int(row["segment"])),
      rows.map((row) => int(row["term"])),
      rows.map((row) => int(row["first"])),
    ]);
    for (const [segment, blocks] of touched) {
      const left = blocks.flatMap((row) => [
        ...writeBlocks(
          readBlock(bytes(row["data"])).flatMap((chunk) => {
            const records = removed.get(chunk.term);
            return records === undefined ? [chunk] : withoutRecords(chunk, records);
          }),
          blockSizes,
        ),
      ]);
      await addBlocks(query, context, segment, left);
    }
    await query(
      `delete from ${s}.segments where n = any ($1::bigint[]) and not exists (
         select 1 from ${s}.postings where segment = n)`,
      [[...touched.keys()]],
    );
  }
}
