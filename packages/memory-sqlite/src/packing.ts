import { isBrainOpsError } from "@brainops/core";
import type { Context } from "./context.ts";
import { int } from "./handle.ts";
import { nextMerge, writeMerged } from "./merging.ts";
import { mergeSegments, packRecent, type Merged, type Packed } from "./packing-jobs.ts";
import { addBlocks, addSegment } from "./postings.ts";

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
  readonly scope: number;
  /** That of the scope when it was read. */
  readonly generation: number;
  write(): void;
}

/** Makes the packer of a store. What another process began, it goes on with. `ready` is called when the thread has done a job. */
export function makePacker(context: Context, ready: () => void): Packer {
  const { db, unpacked, background } = context;
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
      if (found === undefined && background.works) unpacked.clear();
      if (!stopped) ready();
    });
  };
  /**
   * What is to be done next, in the thread, or at once to be written next; nothing when there is nothing. Within a transaction,
   * and to be begun after it: the thread must see what has been written, or what it makes is stale.
   */
  const next = (): (() => void) | undefined => {
    const inThread = background.works && !stale;
    for (const scope of unpacked) {
      if (recentOf(context, scope) >= packedTogether) {
        const pack = { type: "pack", scope, most: packedTogether } as const;
        const toWrite = (found: Packed): Ready => ({
          ...found,
          scope,
          write: () => writePacked(context, scope, found),
        });
        if (inThread) return () => have(background.pack(pack).then((found) => found && toWrite(found)));
        return () => (result = toWrite(packRecent(db, pack)));
      }
      const merge = nextMerge(context, scope);
      if (merge !== undefined) {
        const on = { type: "merge", ...merge, blocks: inThread ? blocksInThread : blocksAlone } as const;
        const toWrite = (found: Merged): Ready => ({
          ...found,
          scope,
          write: () => writeMerged(context, merge, found),
        });
        if (inThread) return () => have(background.merge(on).then((found) => found && toWrite(found)));
        return () => (result = toWrite(mergeSegments(db, on)));
      }
      unpacked.delete(scope);
    }
    return undefined;
  };
  /** Writes what is ready, unless something has changed since it was read. */
  const write = (): void => {
    if (result === undefined) return;
    const { scope, generation } = result;
    const now = db.get("select generation from scopes where n = ?", scope)?.["generation"];
    stale = now !== undefined && int(now) !== generation;
    if (now !== undefined && !stale) result.write();
    result = undefined;
  };
  const slice = (ms: number): boolean => {
    if (job !== undefined || stopped || (unpacked.size === 0 && result === undefined)) return false;
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
      unpacked.clear();
    } finally {
      db.exec(`pragma synchronous = ${context.synchronous}`);
    }
    return job === undefined && (result !== undefined || unpacked.size > 0);
  };
  return {
    slice,
    async keepUp() {
      for (const scope of context.crowded) {
        while (job !== undefined && !stopped && recentOf(context, scope) > mostRecent) {
          await job;
          slice(0);
        }
        if (recentOf(context, scope) <= mostRecent) context.crowded.delete(scope);
      }
    },
    async stop() {
      stopped = true;
      await job;
    },
  };
}

function recentOf({ db }: Context, scope: number): number {
  return int(db.get("select recent from scopes where n = ?", scope)?.["recent"]);
}

/** Writes a new segment in place of recent records. Within a transaction. */
function writePacked(context: Context, scope: number, { records, low, high, blocks }: Packed): void {
  const { db } = context;
  addBlocks(context, scope, addSegment(context, { scope, level: 0, low, high }), blocks);
  db.run("delete from recent where scope = ? and record <= ?", scope, high);
  db.run("update scopes set recent = recent - ?, generation = generation + 1 where n = ?", records, scope);
}
