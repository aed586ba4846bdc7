import { BrainOpsError, isBrainOpsError, type Commit, type Committed } from "@brainops/core";
import { addRow, applyCommit, isOwnFault, ownedAppend } from "./apply.ts";
import { refresh, reload, type Context } from "./context.ts";
import { resultCode } from "./errors.ts";
import { whenFree } from "./open.ts";
import { makePacker } from "./packing.ts";
import { makeBreather } from "./breather.ts";
import { indexEvery, indexJournal, sealFrame } from "./journal.ts";

interface Member {
  readonly commit: Commit;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
}

/** Takes commits, and lets those that come at the same time share a transaction. */
export interface Committer {
  commit(commit: Commit): Promise<Committed>;
  /** Resolves when everything that was handed in is settled. */
  drain(): Promise<void>;
}

/** So many commits share a transaction at most, lest one holds the event loop for long. */
const mostMembers = 500;
/** So many turns of the microtask queue without a newcomer, and a transaction begins. */
const calmTurns = 4;

/** So long packing may hold the event loop at a time, in milliseconds: between commits, and when nothing else is to do. */
const busySliceMs = 5;
const idleSliceMs = 4;

/** Makes the committer of a store. `busyTimeout` is how long a file may be held by others, in milliseconds. */
export function makeCommitter(context: Context, busyTimeout: number): Committer {
  let queue: Member[] = [];
  let pumping: Promise<void> | undefined;
  let shared = false;
  const recent = recentCommits();
  const packer = makePacker(context);
  const breathe = makeBreather();
  let resting: NodeJS.Immediate | undefined;

  /** When there is nothing else to do, packs on in slices until all is packed. */
  const rest = (): void => {
    resting = undefined;
    if (pumping === undefined && packer.slice(idleSliceMs)) resting = setImmediate(rest);
  };

  if (context.unpacked.size > 0) resting = setImmediate(rest);

  const gather = async (): Promise<void> => {
    // Runs that go side by side come back for their next commit within the same turn of the event loop.
    if (shared) await new Promise((resolve) => setImmediate(resolve));
    for (let calm = 0, seen = 0; calm < calmTurns && queue.length < mostMembers; calm++) {
      await Promise.resolve();
      if (queue.length !== seen) calm = 0;
      seen = queue.length;
    }
  };
  const pump = async (): Promise<void> => {
    while (queue.length > 0) {
      await gather();
      const batch = queue.slice(0, mostMembers);
      queue = queue.slice(mostMembers);
      shared = batch.length > 1;
      const started = performance.now();
      await settle(batch);
      // Packing keeps pace with writing: it gets as much time, but never so much that the next commit must wait for long.
      packer.slice(Math.min(busySliceMs, performance.now() - started));
      await breathe();
    }
    pumping = undefined;
    if (context.unpacked.size > 0) resting ??= setImmediate(rest);
  };
  const settle = async (batch: readonly Member[]): Promise<void> => {
    try {
      const outcomes = await whenFree(() => runBatch(context, batch, recent), busyTimeout);
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
    async drain() {
      while (pumping !== undefined) await pumping;
      if (resting !== undefined) clearImmediate(resting);
      resting = undefined;
    },
  };
}

/** Runs commits in one transaction: gives a position or an error for each, and throws when none could be settled. */
function runBatch(context: Context, batch: readonly Member[], recent: RecentCommits): unknown[] {
  const [first] = batch;
  if (first !== undefined && batch.length === 1) {
    const position = recent.get(first.commit.id) ?? appendOnly(context, first.commit);
    if (position !== undefined) {
      recent.set(first.commit.id, position);
      return [position];
    }
  }
  const { db } = context;
  db.run("begin immediate");
  let outcomes: unknown[];
  try {
    refresh(context);
    outcomes = batch.map(({ commit }) => {
      try {
        return recent.get(commit.id) ?? applyCommit(context, commit);
      } catch (error) {
        if (!isOwnFault(error)) throw error;
        return error;
      }
    });
    if (context.last - context.indexed >= indexEvery) indexJournal(context);
  } catch (error) {
    rollback(context);
    throw error;
  }
  finish(context);
  for (const [index, outcome] of outcomes.entries()) {
    const id = batch[index]?.commit.id;
    if (id !== undefined && typeof outcome === "number") recent.set(id, outcome);
  }
  return outcomes;
}

function finish(context: Context): void {
  try {
    context.db.run("commit");
  } catch (error) {
    rollback(context);
    throw orUnknown(error);
  }
}

/** When the operating system fails while a commit is made durable, nobody can say yet whether it is. */
function orUnknown(error: unknown): unknown {
  if (!isBrainOpsError(error, "store_unavailable")) return error;
  return new BrainOpsError(
    "commit_unknown",
    "The operating system failed while the commit was made durable. Commit again with the same id to settle it.",
    { cause: error },
  );
}

function rollback(context: Context): void {
  try {
    context.db.run("rollback");
  } catch {
    // SQLite has rolled back by itself already.
  }
  reload(context, -1);
}

/**
 * The commit that matters most for speed: one append to a stream that this process owns. One statement, one row, no
 * explicit transaction. Gives `undefined` when the long way must be gone.
 */
function appendOnly(context: Context, commit: Commit): number | undefined {
  const write = commit.writes.length === 1 ? ownedAppend(commit) : undefined;
  if (write === undefined || context.last - context.indexed >= indexEvery) return undefined;
  const stream = context.streams.get(write.stream);
  if (stream === undefined || stream.length !== write.expectedPosition) return undefined;
  const { length } = stream;
  const body = sealFrame(context, stream.n, length, commit.id, write.entries);
  try {
    addRow(context, stream.n, length, write.entries.length, body);
  } catch (error) {
    // Somebody else has committed since: look again, within a transaction.
    if (resultCode(error) === 19) return undefined;
    throw orUnknown(error);
  }
  stream.length += write.entries.length;
  return context.last;
}

interface RecentCommits {
  get(id: string): number | undefined;
  set(id: string, position: number): void;
}

/** The last thousand or two commits of this process: a retry is recognised without looking into the file. */
function recentCommits(): RecentCommits {
  let older = new Map<string, number>();
  let newer = new Map<string, number>();
  return {
    get: (id) => newer.get(id) ?? older.get(id),
    set(id, position) {
      if (newer.size >= 1000) [older, newer] = [newer, new Map()];
      newer.set(id, position);
    },
  };
}
