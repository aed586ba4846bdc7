import type { JsonObject } from "../contracts/json.ts";
import type { Store, Write } from "../contracts/store.ts";
import type { State } from "../graph/definition.ts";
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
}

/** What a resumed run must know of what came before its snapshot. */
export interface Carried {
  /** How often the run has been taken over. */
  readonly epoch: number;
  /** Signals that were used up, by their place in the inbox. */
  readonly used: readonly number[];
  readonly spent: Spent;
}

/** A cursor, and the end of the journal that it stands for: a run is resumed from there without what came before. */
export interface Snapshot extends Cursor, Carried {
  readonly end: ChainEnd;
}

const key = (run: string): string => `snapshot/${run}`;
/** A run shorter than this is resumed from its beginning. */
const least = 16_384;

/** The newest snapshot of a run, if there is one. */
export async function readSnapshot(store: Store, run: string): Promise<Snapshot | undefined> {
  const found = await store.document(key(run));
  return found?.value as unknown as Snapshot | undefined;
}

/** Takes a snapshot away when its run has ended. */
export const dropSnapshot = (run: string): Write => ({ type: "document", key: key(run), value: null });

/**
 * Takes snapshots: one whenever as much was journaled since the last as it takes to write one, so that they never
 * more than double what is written. Only the newest is kept; it rides with the next commit.
 */
export function createSnapshots(run: string, writer: Writer, carried: () => Carried): (cursor: () => Cursor) => void {
  let taken = writer.size;
  let cost = least;
  return (cursor) => {
    if (writer.size - taken < cost) return;
    const snapshot: Snapshot = { ...cursor(), end: writer.end, ...carried() };
    const value = snapshot as unknown as JsonObject;
    taken = writer.size;
    cost = Math.max(least, canonical(value).length);
    writer.add({ type: "document", key: key(run), value });
  };
}
