import type { Context } from "./context.ts";
import { lastTerm, type Merged } from "./packing-jobs.ts";
import { addBlocks, addSegment, readSegments, type Segment } from "./postings.ts";

/** So many segments of a level become one of the next. */
const mergedTogether = 6;

/** Segments that are being merged into one, term by term. */
export interface Merge {
  readonly scope: number;
  readonly target: number;
  readonly sources: readonly number[];
  /** All terms up to this one have been merged: they are in the target, and not looked for in the sources any more. */
  readonly above: number;
}

/** What is to be merged next in a scope, the lowest level first; it is begun where it has not been. Within a transaction. */
export function nextMerge(context: Context, scope: number): Merge | undefined {
  const segments = readSegments(context, [scope]);
  const targets = new Set(segments.map(({ target }) => target));
  const byLevel = Map.groupBy(
    segments.filter(({ segment }) => !targets.has(segment)),
    ({ level }) => level,
  );
  for (const [, ofLevel] of [...byLevel].sort(([a], [b]) => a - b)) {
    const merged = ofLevel.filter(({ target }) => target > 0);
    const [first] = merged;
    if (first !== undefined)
      return { scope, target: first.target, above: first.above, sources: merged.map(({ segment }) => segment) };
    if (ofLevel.length >= mergedTogether) return beginMerge(context, scope, ofLevel);
  }
  return undefined;
}

function beginMerge(context: Context, scope: number, found: readonly Segment[]): Merge {
  const low = Math.min(...found.map((segment) => segment.low));
  const high = Math.max(...found.map((segment) => segment.high));
  const target = addSegment(context, { scope, level: (found[0]?.level ?? 0) + 1, low, high });
  const sources = found.map(({ segment }) => segment);
  for (const segment of sources)
    context.db.run("update segments set target = ? where scope = ? and segment = ?", target, scope, segment);
  return { scope, target, sources, above: -1 };
}

/**
 * Writes more blocks of a merged segment, lets readers look for their terms there and no longer in the sources, and takes these
 * away when nothing is left to merge; so readers find every posting once at any moment. Within a transaction.
 */
export function writeMerged(context: Context, merge: Merge, { blocks, upto, rest }: Merged): void {
  const { db } = context;
  const { scope, target, above } = merge;
  const turned = db.run(
    "update segments set above = ? where scope = ? and target = ? and above = ?",
    upto,
    scope,
    target,
    above,
  );
  // Another process was faster.
  if (turned.changes === 0) return;
  addBlocks(context, scope, target, blocks);
  for (const { segment, term, first } of rest)
    db.run(
      "delete from postings where scope = ? and segment = ? and (term, first) < (?, ?)",
      scope,
      segment,
      term,
      first,
    );
  if (upto === lastTerm) db.run("delete from segments where scope = ? and target = ?", scope, target);
}
