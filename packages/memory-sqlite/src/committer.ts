import { isBrainOpsError, type Commit, type Committed } from "@brainops/core";
import { recentCommits, runAlone, runBatch } from "./batch.ts";
import { makeBreather } from "./breather.ts";
import type { Context } from "./context.ts";
import { whenFree } from "./open.ts";
import { makePacker } from "./packing.ts";
import { prepareTexts } from "./prepare-texts.ts";

interface Member {
  readonly commit: Commit;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes commits, and lets those that come at the same time share a transaction. */
export interface Committer {
  commit(commit: Commit): Promise<Committed>;
  /** Empties the write-ahead log between two commits. `false` while other processes still read from it. */
  emptyLog(): Promise<boolean>;
  /** Resolves when everything that was handed in is settled. */
  drain(): Promise<void>;
}

/** So many commits, and so many writes, share a transaction at most, lest the first of them wait for long. */
const mostMembers = 500;
const mostWrites = 1000;
/** So many turns of the microtask queue without a newcomer, and a transaction begins. */
const calmTurns = 4;

const microtask = Promise.resolve();

/** So long packing may hold the event loop at a time, in milliseconds: between commits, and when nothing else is to do. */
const busySliceMs = 5;
const idleSliceMs = 4;

/** Makes the committer of a store. `busyTimeout` is how long a file may be held by others, in milliseconds. */
export function makeCommitter(context: Context, busyTimeout: number): Committer {
  let queue: Member[] = [];
  let pumping: Promise<void> | undefined;
  let shared = false;
  const recent = recentCommits();
  const packer = makePacker(context, () => {
    if (pumping === undefined) resting ??= setImmediate(rest);
  });
  const breathe = makeBreather();
  let resting: NodeJS.Immediate | undefined;
  let emptying: ((emptied: boolean) => void)[] = [];

  /** When there is nothing else to do, packs on in slices until all is packed. */
  const rest = (): void => {
    resting = undefined;
    if (pumping === undefined && packer.slice(idleSliceMs)) resting = setImmediate(rest);
  };

  if (context.unpacked) resting = setImmediate(rest);

  const pump = async (): Promise<void> => {
    while (queue.length > 0 || emptying.length > 0) {
      if (queue.length > 0) await write();
      const logged = context.log.look();
      if (logged !== undefined) await logged;
      if (emptying.length > 0) await empty();
      if (breathe.isDue()) await breathe();
    }
    pumping = undefined;
    if (context.unpacked) resting ??= setImmediate(rest);
  };
  const write = async (): Promise<void> => {
    // Runs that go side by side come back for their next commit within the same turn of the event loop.
    if (shared) await new Promise((resolve) => setImmediate(resolve));
    for (let calm = 0, seen = 0; calm < calmTurns && queue.length < mostMembers; calm++) {
      await microtask;
      if (queue.length !== seen) calm = 0;
      seen = queue.length;
    }
    const batch = take();
    shared = batch.length > 1;
    if (!shared && !context.unpacked && settleAlone(batch[0] as Member)) return;
    const started = performance.now();
    await settle(batch);
    const took = performance.now() - started;
    if (!context.unpacked) return;
    await breathe();
    // Packing keeps pace with writing: it gets as much time, but never so much that the next commit must wait for long.
    packer.slice(Math.min(busySliceMs, took));
    await packer.keepUp();
  };
  const take = (): readonly Member[] => {
    const batch = queue.slice(0, mostTogether(queue));
    queue = queue.slice(batch.length);
    return batch;
  };
  /** Whether a commit could be settled at once. */
  const settleAlone = ({ commit, resolve, reject }: Member): boolean => {
    try {
      const position = runAlone(context, commit, recent);
      if (position === undefined) return false;
      resolve({ position });
    } catch (error) {
      // The file is held by others: then it is waited for.
      if (isBrainOpsError(error, "store_busy")) return false;
      reject(error);
    }
    return true;
  };
  const empty = async (): Promise<void> => {
    const asked = emptying;
    emptying = [];
    const emptied = await context.log.empty();
    for (const resolve of asked) resolve(emptied);
  };
  const settle = async (batch: readonly Member[]): Promise<void> => {
    const commits = batch.map(({ commit }) => commit);
    try {
      await prepareTexts(context, commits, breathe);
      const outcomes = await whenFree(() => runBatch(context, commits, recent), busyTimeout);
      for (const [index, outcome] of outcomes.entries()) {
        if (typeof outcome === "number") batch[index]?.resolve({ position: outcome });
        else batch[index]?.reject(outcome);
      }
    } catch (error) {
      // What broke the whole transaction (a full disk, say) may be one member's fault: each gets a try of its own.
      if (batch.length > 1 && !isBrainOpsError(error, "store_busy")) for (const member of batch) await settle([member]);
      else for (const member of batch) member.reject(error);
    }
  };
  return {
    commit: (commit) =>
      new Promise((resolve, reject) => {
        queue.push({ commit, resolve, reject });
        pumping ??= pump();
      }),
    emptyLog: () =>
      new Promise((resolve) => {
        emptying.push(resolve);
        pumping ??= pump();
      }),
    async drain() {
      while (pumping !== undefined) await pumping;
      await packer.stop();
      if (resting !== undefined) clearImmediate(resting);
      resting = undefined;
    },
  };
}

/** How many members share the next transaction. */
function mostTogether(queue: readonly Member[]): number {
  let [members, writes] = [0, 0];
  for (const { commit } of queue) {
    writes += commit.writes.length;
    if (members > 0 && (members === mostMembers || writes > mostWrites)) break;
    members++;
  }
  return members;
}
