import { isBrainOpsError } from "@brainops/core";
import type { Context } from "./context.ts";
import { eachBlock } from "./gather-blocks.ts";
import { nextMerge, writeMerged } from "./merging.ts";
import { mergeSegments, packRecent, type Merged, type Packed } from "./packing-jobs.ts";
import { addBlock, addSegment } from "./postings.ts";
import { readWords, type Words } from "./words.ts";

/** Packs the words of recent records, and merges what is packed, between commits and when there is nothing else to do. */
export interface Packer {
  /** Goes on for about so many milliseconds. `true` when there is more to do at once. */
  slice(ms: number): boolean;
  /** Waits while far more is recent than should be. */
  keepUp(): Promise<void>;
  /** Resolves when nothing is being done in the thread. */
  stop(): Promise<void>;
}

/** So many records are packed together: so many rows an opened store may have to read before its first answer. */
export const packedTogether = 512;
/** Commits wait for packing when so many are recent: who asks runs over all of them. */
export const mostRecent: number = 16 * packedTogether;
/** About so many blocks are merged at a time by the thread, and by whoever has none. */
const blocksInThread = 256;
const blocksAlone = 32;

/** What has been put together, and is to be written. */
interface Ready {
  /** Whether what was read is still so. */
  holds(words: Words): boolean;
  write(): void;
}

/** Makes the packer of a store. What another process began, it goes on with. `ready` is called when the thread has done a job. */
export function makePacker(context: Context, ready: () => void): Packer {
  const { db, background } = context;
  let job: Promise<void> | undefined;
  let result: Ready | undefined;
  let stopped = false;

  /** Whether what the thread had done was stale: where much is changed, it might always be. */
  let stale = false;

  const have = (asked: Promise<Ready | undefined>): void => {
    job = asked.then((found) => {
      job = undefined;
      result = found;
      // It failed as reading fails; what is wrong is told to who commits.
      if (found === undefined && background.works) context.unpacked = false;
      if (!stopped) ready();
    });
  };
  /**
   * What is to be done next, in the thread, or at once to be written next; nothing when there is nothing. Within a transaction,
   * and to be begun after it: the thread must see what has been written, or what it makes is stale.
   */
  const next = (): (() => void) | undefined => {
    const inThread = background.works && !stale;
    if (readWords(db).recent >= packedTogether) {
      const pack = { type: "pack", most: packedTogether } as const;
      const toWrite = (found: Packed): Ready => ({
        holds: ({ recentState }) => recentState === found.state,
        write: () => writePacked(context, found),
      });
      if (inThread) return () => have(background.pack(pack).then((found) => found && toWrite(found)));
      return () => (result = toWrite(packRecent(db, pack)));
    }
    const merge = nextMerge(context);
    if (merge === undefined) {
      context.unpacked = false;
      return undefined;
    }
    const on = { type: "merge", ...merge, blocks: inThread ? blocksInThread : blocksAlone } as const;
    const toWrite = (found: Merged): Ready => ({
      holds: ({ taken }) => taken === found.taken,
      write: () => writeMerged(context, merge, found),
    });
    if (inThread) return () => have(background.merge(on).then((found) => found && toWrite(found)));
    return () => (result = toWrite(mergeSegments(db, on)));
  };
  /** Writes what is ready, unless something has changed since it was read. */
  const write = (): void => {
    if (result === undefined) return;
    stale = !result.holds(readWords(db));
    if (!stale) result.write();
    result = undefined;
  };
  const slice = (ms: number): boolean => {
    if (job !== undefined || stopped || (!context.unpacked && result === undefined)) return false;
    const until = performance.now() + ms;
    try {
      // Nothing is lost when the power fails: then it is packed again. The next commit syncs the log for both.
      db.exec("pragma synchronous = normal");
      let begin: (() => void) | undefined;
      do {
        db.run("begin immediate");
        write();
        begin = next();
        db.run("commit");
        begin?.();
      } while (begin !== undefined && job === undefined && performance.now() < until);
    } catch (error) {
      try {
        db.run("rollback");
      } catch {
        // Not begun, or rolled back already.
      }
      // A store that is busy, full or read-only loses nothing by packing later; commits will say what is wrong.
      if (!isBrainOpsError(error)) throw error;
      result = undefined;
      context.unpacked = false;
    } finally {
      db.exec(`pragma synchronous = ${context.synchronous}`);
    }
    return job === undefined && (result !== undefined || context.unpacked);
  };
  return {
    slice,
    async keepUp() {
      if (!context.crowded) return;
      while (job !== undefined && !stopped && readWords(db).recent > mostRecent) {
        await job;
        slice(0);
      }
      context.crowded = readWords(db).recent > mostRecent;
    },
    async stop() {
      stopped = true;
      await job;
    },
  };
}

/** Writes a new segment in place of recent records. Within a transaction. */
function writePacked(context: Context, { records, low, high, blocks }: Packed): void {
  const { db } = context;
  const segment = addSegment(context, { level: 0, low, high });
  eachBlock(blocks, (scope, term, first, data) => addBlock(context, { segment, scope, term, first }, data));
  db.run("delete from recent where record <= ?", high);
  db.run("update words set recent = recent - ?, packed = packed + 1", records);
}
