import { BrainOpsError, isBrainOpsError, type Commit } from "@brainops/core";
import { addFrame, applyCommit, isOwnFault, ownedAppend } from "./apply.ts";
import { makeBreather } from "./breather.ts";
import { refresh, reload, type Context } from "./context.ts";
import { resultCode } from "./errors.ts";
import { indexJournal, isBehind } from "./journal.ts";
import { findStream } from "./streams.ts";
import { wakesOf } from "./wake-changes.ts";

/** When it has done so much, in milliseconds, the event loop turns before the disk is flushed. */
const beforeFlush = 1.5;

/**
 * Runs commits in one transaction: gives a position or an error for each, and throws when none could be settled. When that
 * takes long, the event loop turns in between, and reads wait until it is over.
 */
export async function runBatch(
  context: Context,
  batch: readonly Commit[],
  recent: RecentCommits,
): Promise<readonly unknown[]> {
  const outcomes: unknown[] = [];
  const breathe = makeBreather();
  let release: () => void = () => {};
  const turn = async (): Promise<void> => {
    context.writing ??= new Promise((resolve) => (release = resolve));
    await breathe.now();
  };
  context.db.run("begin immediate");
  try {
    refresh(context);
    for (const commit of batch) {
      for (const outcome of attempt(context, commit, recent)) {
        if (outcome !== undefined) outcomes.push(outcome);
        if (breathe.isDue()) await turn();
      }
    }
    if (isBehind(context)) indexJournal(context);
    // What comes is the flush of the disk, which takes as long as it takes.
    if (breathe.since() > beforeFlush) await turn();
    finish(context);
  } catch (error) {
    rollback(context);
    throw error;
  } finally {
    context.writing = undefined;
    release();
  }
  for (const [index, outcome] of outcomes.entries()) {
    const id = batch[index]?.id;
    if (id !== undefined && typeof outcome === "number") recent.set(id, outcome);
  }
  return outcomes;
}

/** Runs one commit at once, if it is one that can be. Gives its position, or `undefined` when it needs a transaction. */
export function runAlone(context: Context, commit: Commit, recent: RecentCommits): number | undefined {
  const position = recent.get(commit.id) ?? appendOnly(context, commit);
  if (position !== undefined) recent.set(commit.id, position);
  return position;
}

/** Applies a commit write by write; gives its position, or what is wrong with it, at the end. */
function* attempt(context: Context, commit: Commit, recent: RecentCommits): Generator<unknown> {
  try {
    yield recent.get(commit.id) ?? (yield* applyCommit(context, commit));
  } catch (error) {
    if (!isOwnFault(error)) throw error;
    yield error;
  }
}

function finish(context: Context): void {
  try {
    context.db.run("commit");
  } catch (error) {
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
 * The commit that matters most for speed: one append to an owned stream, with nothing beside it but wakes. One statement, one row, no
 * explicit transaction. Gives `undefined` when the long way must be gone.
 */
function appendOnly(context: Context, commit: Commit): number | undefined {
  const write = ownedAppend(commit);
  const wakes = commit.writes.length === 1 ? undefined : wakesOf(commit);
  if (write === undefined || commit.writes.length !== 1 + (wakes?.length ?? 0) || isBehind(context)) return undefined;
  // What is read here may be newer than the last row that is known of; then that row is not the last, and nothing is added.
  const stream = findStream(context, write.stream);
  if ((stream?.length ?? 0) !== write.expectedPosition) return undefined;
  try {
    addFrame(context, commit.id, write, stream, wakes);
  } catch (error) {
    // Somebody else has committed since: look again, within a transaction.
    if (resultCode(error) === 19) return undefined;
    throw orUnknown(error);
  }
  return context.last;
}

/** Positions of commits by their ids. */
export interface RecentCommits {
  get(id: string): number | undefined;
  set(id: string, position: number): void;
}

/** The last thousand or two commits of this process: a retry is recognised without looking into the file. */
export function recentCommits(): RecentCommits {
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
