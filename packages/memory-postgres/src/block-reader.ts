import type { Context } from "./context.ts";
import { bytes, int } from "./handle.ts";
import type { BlockCache, LoneBlock } from "./lone-block.ts";
import type { KnownRecords, TermPostings } from "./matches.ts";
import { readBlock } from "./posting-block.ts";
import type { Chunk } from "./posting-chunk.ts";

/** So many bytes of blocks a store remembers. */
const mostCached = 32 * 2 ** 20;

/** Reads blocks when they are needed. */
export interface BlockReader {
  /** Adds to a term what its own blocks hold, or only those with one of some records. `false` when one is not there any more. */
  readInto(term: TermPostings, only: KnownRecords | undefined): Promise<boolean>;
}

/** Makes a reader for one query, during which each block is added once. */
export function makeBlockReader({ db, s, blocks: cache }: Context): BlockReader {
  const added = new Set<LoneBlock>();
  return {
    async readInto(term, only) {
      const missing: LoneBlock[] = [];
      for (const block of term.lone) {
        if (added.has(block) || only?.any(block.first, block.last) === false) continue;
        added.add(block);
        const known = recall(cache, block);
        if (known === undefined) missing.push(block);
        else term.chunks.push(...known);
      }
      if (missing.length === 0) return true;
      const rows = await db.query(`select * from ${s}.blocks_1($1::bigint[], $2::bigint[], $3::bigint[])`, [
        missing.map(({ segment }) => segment),
        missing.map((block) => block.term),
        missing.map(({ first }) => first),
      ]);
      for (const row of rows) {
        const block = missing[int(row["place"]) - 1];
        const chunks = readBlock(bytes(row["data"]));
        term.chunks.push(...chunks);
        if (block !== undefined) remember(cache, block, chunks);
      }
      return rows.length === missing.length;
    },
  };
}

const keyOf = ({ segment, version, term, first }: LoneBlock): string => `${segment} ${version} ${term} ${first}`;

function recall({ held }: BlockCache, block: LoneBlock): readonly Chunk[] | undefined {
  const key = keyOf(block);
  const found = held.get(key);
  if (found !== undefined) {
    held.delete(key);
    held.set(key, found);
  }
  return found;
}

function remember(cache: BlockCache, block: LoneBlock, chunks: readonly Chunk[]): void {
  const key = keyOf(block);
  // Two queries may have asked for it at once.
  if (cache.held.has(key)) return;
  cache.held.set(key, chunks);
  cache.bytes += sizeOf(chunks);
  for (const [key, oldest] of cache.held) {
    if (cache.bytes <= mostCached) return;
    cache.held.delete(key);
    cache.bytes -= sizeOf(oldest);
  }
}

/** With what the entry itself takes. */
const sizeOf = (chunks: readonly Chunk[]): number => (chunks[0]?.bytes.length ?? 0) + 300;
