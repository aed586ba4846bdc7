import type { Commit, Write } from "@brainops/core";
import { BrainOpsError, isBrainOpsError } from "@brainops/core";
import { addRow } from "./add-row.ts";
import { putBlob, releaseBlob } from "./blobs.ts";
import { reload, type Context, type StreamState } from "./context.ts";
import { putDocument } from "./documents.ts";
import { erase } from "./erase.ts";
import { sealFrame } from "./frames.ts";
import { committedAt, recordCommit, recordedCommit, trimStream } from "./journal.ts";
import { addGrowth } from "./record-index.ts";
import { redactStream } from "./redact.ts";
import { addToCounter, putLink, putRecord } from "./records.ts";
import { begun, findStream, newStream } from "./streams.ts";
import { putVector } from "./vectors.ts";
import { wakesOf, type WakeChange } from "./wake-changes.ts";
import { addWakes, noteWakes } from "./wakes.ts";

type Append = Extract<Write, { type: "append" }>;

/** An append that can succeed only once: its commit needs no entry in `commits`, since its frame carries the id. */
export function ownedAppend(commit: Commit): Append | undefined {
  return commit.writes.find(
    (write): write is Append =>
      write.type === "append" && write.expectedPosition !== undefined && write.entries.length > 0,
  );
}

/**
 * Applies one commit within a transaction, and gives its position. A commit that was applied before gives its earlier
 * position. Throws after having taken back everything of its own when a precondition fails. Between two writes, and between two
 * records that are erased, it may be left alone for a moment.
 */
export function* applyCommit(context: Context, commit: Commit): Generator<undefined, number> {
  const { db } = context;
  const owned = ownedAppend(commit);
  const earlier = owned === undefined ? recordedCommit(context, commit.id) : undefined;
  if (earlier !== undefined) return earlier;
  const { last } = context;
  // A single write checks its preconditions before it changes anything, so there is never a part of it to take back.
  const wakes = wakesOf(commit);
  const writes = wakes === undefined ? commit.writes : commit.writes.filter(({ type }) => type !== "wake");
  /** Whose row also holds what is said of wakes. */
  const host = wakes === undefined ? undefined : writes.find(isFrame);
  const nested = writes.length > 1;
  if (nested) db.run("savepoint member");
  // Recorded with what it puts, and given to whoever commits: for an owned append the row that can be found again.
  const before = writes.slice(0, owned === undefined ? 0 : writes.indexOf(owned));
  const position = last + 1 + before.filter(hasRow).length;
  context.position = position;
  try {
    for (const write of writes) {
      const rest = applyWrite(context, commit, write, write === host ? wakes : undefined);
      if (rest !== undefined) yield* rest;
      if (nested) yield;
    }
    addGrowth(context);
    if (wakes !== undefined && host === undefined) addWakes(context, wakes);
    // Every commit has a row, so that every process can see that something has changed.
    if (context.last === last) addRow(context, 0, 0, 0, null);
    if (owned === undefined) recordCommit(context, commit.id, position);
    if (nested) db.run("release member");
    return position;
  } catch (error) {
    if (!isOwnFault(error)) throw error;
    if (nested) {
      db.run("rollback to member");
      db.run("release member");
      // What was remembered since may never have happened.
      reload(context, last);
    }
    const done = owned && appliedBefore(context, commit.id, owned);
    if (done !== undefined) return done;
    throw error;
  }
}

/** Whether a write has a row of its own in the journal. */
function hasRow(write: Write): boolean {
  return write.type === "trim" || isFrame(write);
}

function isFrame(write: Write): boolean {
  return write.type === "append" && write.entries.length > 0;
}

/** Whether an error concerns one commit only; any other breaks the whole transaction. */
export function isOwnFault(error: unknown): boolean {
  return isBrainOpsError(error) && ["conflict", "not_found", "invalid_input"].includes(error.code);
}

function appliedBefore(context: Context, id: string, owned: Append): number | undefined {
  return committedAt(context, owned.stream, owned.expectedPosition ?? 0, id) ?? recordedCommit(context, id);
}

/** Applies one write; gives what goes on step by step, if it may take long. */
function applyWrite(
  context: Context,
  commit: Commit,
  write: Write,
  wakes?: readonly WakeChange[],
): Generator<undefined> | void {
  switch (write.type) {
    case "append":
      return append(context, commit, write, wakes);
    case "trim":
      // The journal's last row must stay, or its `seq` would be given twice.
      addRow(context, 0, 0, 0, null);
      return trimStream(context, write.stream, write.before);
    case "record":
      return putRecord(context, write.record);
    case "link":
      return putLink(context, write.link);
    case "vector":
      return putVector(context, write);
    case "count":
      return addToCounter(context, write.id, write.counter, write.by);
    case "document":
      return putDocument(context, write);
    case "blob":
      return putBlob(context, write.scope, write.id, write.bytes);
    case "unblob":
      return releaseBlob(context, write.scope, write.id);
    case "wake":
      // In the row of an append, or in one of their own.
      return;
    case "redact":
      return redactStream(context, write);
    case "erase":
      return erase(context, write);
  }
}

function append(context: Context, commit: Commit, write: Append, wakes: readonly WakeChange[] | undefined): void {
  const { stream: name, entries, expectedPosition } = write;
  const stream = findStream(context, name);
  const length = stream?.length ?? 0;
  if (expectedPosition !== undefined && expectedPosition !== length)
    throw new BrainOpsError(
      "conflict",
      `Stream ${name} has ${length} entries, not ${expectedPosition}: somebody else has appended.`,
    );
  if (entries.length > 0) addFrame(context, commit.id, write, stream, wakes);
}

/** Adds the row of an append to a stream, or to a new one, with what the commit says of wakes. */
export function addFrame(
  context: Context,
  commit: string,
  write: Append,
  known: StreamState | undefined,
  wakes: readonly WakeChange[] | undefined,
): void {
  const { stream: name, entries, texts } = write;
  const stream = known ?? newStream(context);
  const { n, length } = stream;
  addRow(context, n, length, entries.length, sealFrame(context, n, length, { name, commit, wakes, entries }, texts));
  if (wakes !== undefined) noteWakes(context, context.last, wakes);
  stream.length += entries.length;
  if (known === undefined) begun(context, name, stream);
}
