import type { Context } from "./context.ts";
import { eachBlock } from "./gather-blocks.ts";
import { theEnd, type Merged, type Upto } from "./packing-jobs.ts";
import { addBlock, addSegment, readSegments, type Segment } from "./postings.ts";

/** So many segments of a level become one of the next. */
const mergedTogether = 8;

/** Segments that are being merged into one, scope by scope and term by term. */
export interface Merge {
  readonly target: number;
  readonly sources: readonly number[];
  /** Everything up to here has been merged: it is in the target, and not looked for in the sources any more. */
  readonly above: Upto;
}

/** What is to be merged next, the lowest level first; it is begun where it has not been. Within a transaction. */
export function nextMerge(context: Context): Merge | undefined {
  const segments = readSegments(context);
  const targets = new Set(segments.map(({ target }) => target));
  const byLevel = Map.groupBy(
    segments.filter(({ segment }) => !targets.has(segment)),
    ({ level }) => level,
  );
  for (const [, ofLevel] of [...byLevel].sort(([a], [b]) => a - b)) {
    const merged = ofLevel.filter(({ target }) => target > 0);
    const [first] = merged;
    if (first !== undefined)
      return { target: first.target, above: first.above, sources: merged.map(({ segment }) => segment) };
    if (ofLevel.length >= mergedTogether) return beginMerge(context, ofLevel);
  }
  return undefined;
}

function beginMerge(context: Context, found: readonly Segment[]): Merge {
  const low = Math.min(...found.map((segment) => segment.low));
  const high = Math.max(...found.map((segment) => segment.high));
  const target = addSegment(context, { level: (found[0]?.level ?? 0) + 1, low, high });
  const sources = found.map(({ segment }) => segment);
  for (const segment of sources) context.db.run("update segments set target = ? where segment = ?", target, segment);
  return { target, sources, above: [-1, -1] };
}

/**
 * Writes more blocks of a merged segment, lets readers look for their terms there and no longer in the sources, and takes these
 * away when nothing is left to merge; so readers find every posting once at any moment. Within a transaction.
 */
export function writeMerged(context: Context, merge: Merge, { blocks, upto, rest }: Merged): void {
  const { db } = context;
  const { target, above } = merge;
  const turned = db.run(
    "update segments set above_scope = ?, above = ? where target = ? and above_scope = ? and above = ?",
    ...upto,
    target,
    ...above,
  );
  // Another process was faster.
  if (turned.changes === 0) return;
  eachBlock(blocks, (scope, term, first, data) => addBlock(context, { segment: target, scope, term, first }, data));
  for (const { segment, key } of rest)
    db.run("delete from postings where segment = ? and (scope, term, first) < (?, ?, ?)", segment, ...key);
  if (upto[0] === theEnd[0]) db.run("delete from segments where target = ?", target);
}
