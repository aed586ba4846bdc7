import { BrainOpsError } from "../contracts/error.ts";
import type { Entry, Place } from "../contracts/journal.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { START, type State } from "../graph/definition.ts";
import {
  bigValue,
  incomplete,
  keepWrites,
  putBack,
  readParts,
  readWhole,
  releaseWrites,
  setApart,
  type Apart,
} from "../journal/big-values.ts";
import { canonical } from "../journal/canonical.ts";
import type { ChainEnd } from "../journal/chain.ts";
import type { Spent } from "./spending.ts";
import type { Writer } from "./writer.ts";

/** Where the trunk of a run stands between two nodes. */
export interface Cursor {
  /** The node to execute next. */
  readonly next: string;
  readonly state: State;
  /** How often each node of the trunk has run. */
  readonly visits: { readonly [node: string]: number };
  /** Nodes executed so far, branches included. */
  readonly steps: number;
  /** Where that node stands itself, when it is a graph that is under way. */
  readonly inner?: Cursor;
}

/** Whether a place, or the step of the trunk that it lies below, was over when the trunk stood there. */
export function isOver({ next, visits, inner }: Cursor, { path, node, visit }: Place): boolean {
  const [above = "", name = node, count = String(visit)] = /^\/([^/#]+)#(\d+)/.exec(path) ?? [];
  const [times, before] = [Number(count), visits[name] ?? 0];
  if (inner !== undefined && above !== "" && name === next && times === before)
    return isOver(inner, { path: path.slice(above.length), node, visit });
  return name === START || times < before;
}

/** What a resumed run must know of what came before its snapshot. */
export interface Carried {
  /** How often the run has been taken over. */
  readonly epoch: number;
  /** What was taken from the inbox: everything before a place, and these from there on. */
  readonly inbox: { readonly before: number; readonly used: readonly number[] };
  readonly spent: Spent;
  /** Of the graph that stood there: another may have another state. */
  readonly version: string;
  readonly fingerprint: string;
}

/** A cursor, and the end of the journal that it stands for: a run is resumed from there without what came before. */
export interface Snapshot extends Cursor, Carried {
  readonly end: ChainEnd;
  /** What of its state is kept apart. */
  readonly apart?: Apart;
}

const key = (run: string): string => `snapshot/${run}`;
/** A run shorter than this is resumed from its beginning. */
const least = 16_384;

/** The newest snapshot of a run, if there is one. */
export function readSnapshot(store: Store, run: string): Promise<Snapshot | undefined> {
  return readWhole(() => readOnce(store, run));
}

async function readOnce(store: Store, run: string): Promise<Snapshot | undefined> {
  const snapshot = (await store.document(key(run)))?.value as unknown as Snapshot | undefined;
  if (snapshot !== undefined && "partial" in snapshot) throw partial(run);
  if (snapshot?.apart === undefined) return snapshot;
  const texts = await readParts(store, [snapshot.apart]);
  const fail = (why: string): Error => incomplete(`The snapshot of run '${run}'`, why);
  putBack(snapshot as unknown as Json, snapshot.apart.parts, (id) => texts.get(id), fail);
  return snapshot;
}

/** Says, where a resume would begin, that only a part of a run's journal is there: it is being taken in. */
export const markPartial = (run: string): Write => ({ type: "document", key: key(run), value: { partial: true } });

/** Whether a run was marked so. */
export async function isPartial(store: Store, run: string): Promise<boolean> {
  return "partial" in (((await store.document(key(run)))?.value as JsonObject | undefined) ?? {});
}

function partial(run: string): BrainOpsError {
  return new BrainOpsError(
    "conflict",
    `Only a part of run '${run}' was taken in. Import it again: that goes on where it was broken off.`,
    { details: { run } },
  );
}

/** What the snapshot of a run keeps apart, as it stands. */
export async function snapshotApart(store: Store, run: string): Promise<Apart | undefined> {
  return ((await store.document(key(run)))?.value as unknown as Snapshot | undefined)?.apart;
}

/** Takes a snapshot away, with what it keeps apart: when its run has ended. */
export const dropSnapshot = (run: string, apart: Apart | undefined): Write[] => [
  { type: "document", key: key(run), value: null },
  ...releaseWrites(apart),
];

/** Takes snapshots of one run. */
export interface Snapshots {
  /** Takes one when it is time. */
  checkpoint(cursor: () => Cursor): void;
  /** The writes that take the last one away. */
  drop(): readonly Write[];
}

/**
 * Makes what takes snapshots: one whenever as much was journaled since the last as it takes to write one, whoever did, so
 * that they never more than double what is written. Only the newest is kept; it rides with the next commit. `last` is the
 * one that is there, `since` what the journal has beyond the one that was used.
 */
export function createSnapshots(
  { run, scope }: { readonly run: string; readonly scope: string },
  writer: Writer,
  carried: () => Carried,
  last: Snapshot | undefined,
  since: readonly Entry[],
): Snapshots {
  let cost = Math.max(least, last === undefined ? 0 : sizeOf([last.state, last.inner]));
  let taken = writer.size - sizeUpTo(since, cost);
  let apart = last?.apart;
  let there = last !== undefined;
  /** The writes that put one in the place of the last. */
  function writes(of: Omit<Snapshot, "apart">): readonly Write[] {
    const { state, inner, ...rest } = of;
    const kept = setApart(inner === undefined ? { state } : { state, inner: inner as unknown as Json }, scope);
    const snapshot = { ...(kept.value as JsonObject), ...rest };
    const value = (kept.apart === undefined ? snapshot : { ...snapshot, apart: kept.apart }) as unknown as JsonObject;
    cost = Math.max(least, canonical(value).length);
    // What the last one kept is given back when the new one has it, so that nothing is written again.
    const all: Write[] = [{ type: "document", key: key(run), value }, ...keepWrites(kept), ...releaseWrites(apart)];
    apart = kept.apart;
    there = true;
    return all;
  }

  return {
    checkpoint(cursor) {
      if (writer.size - taken < cost) return;
      taken = writer.size;
      const snapshot = { ...cursor(), end: writer.end, ...carried() };
      // A commit may hold many steps: only the last place is written down.
      writer.atCommit(() => writes(snapshot));
    },
    drop() {
      writer.atCommit(() => []);
      return there ? dropSnapshot(run, apart) : [];
    },
  };
}

const sizeOf = (value: unknown): number => JSON.stringify(value).length;

/** About how many characters entries take in the journal, counted as far as it matters. */
function sizeUpTo(entries: readonly Entry[], enough: number): number {
  // A run has just begun with its first one.
  if (entries.length < 2) return 0;
  let size = 0;
  for (let index = 0; index < entries.length && size < enough; index++)
    size += Math.min(sizeOf(entries[index]), bigValue);
  return size;
}
