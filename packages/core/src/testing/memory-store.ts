import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import { recordKinds, type RecordKind } from "../contracts/record.ts";
import type { Store, StoredDocument, StoredRecord, StoreOpener, StoreStats } from "../contracts/store.ts";
import { fitsFilter, isWithin } from "../recall/fits-filter.ts";
import { checkCommit } from "../sealing/check.ts";
import { checkedReads } from "../sealing/checked-reads.ts";
import { changesIn } from "./memory-changes.ts";
import { findCandidates, findNeighbours, parseRecord } from "./memory-candidates.ts";
import { blobKey, compareText, emptyState, type KeptDocument, type MemoryState } from "./memory-state.ts";
import { findNear, findUnembedded, findVectors } from "./memory-vectors.ts";
import { dueInQueue, dueWakes, oneOfEach, parseWake } from "./memory-wakes.ts";
import { applyWrite } from "./memory-writes.ts";

/**
 * A complete store that lives in memory: for tests, and as the model that other stores are compared with. What was
 * committed is still there when the same opener is opened again; nothing is ever written to disk, so nothing is sealed.
 *
 * @example
 * ```ts
 * import { memoryStore } from "@brainops/core/testing";
 * const store = await memoryStore().open();
 * await store.commit({ id: "c1", writes: [{ type: "append", stream: "run/1", entries: [{ hello: "world" }] }] });
 * ```
 */
export function memoryStore(): StoreOpener {
  const state = emptyState();
  return { name: "memory", open: () => Promise.resolve(openState(state)) };
}

function openState(state: MemoryState): Store {
  let closed = false;
  /** Answers in a promise, also when it fails, and never on a closed store. */
  const answer = async <T>(work: () => T): Promise<T> => {
    if (closed) throw new BrainOpsError("store_closed", "The store has been closed. Open it again to use it.");
    return work();
  };
  const stored = (id: string): StoredRecord[] => {
    const entry = state.records.get(id);
    return entry === undefined ? [] : [{ record: parseRecord(entry), counters: { ...entry.counters } }];
  };
  return checkedReads({
    name: "memory",
    commit: (commit) =>
      answer(() => {
        checkCommit(commit);
        const earlier = state.commits.get(commit.id);
        if (earlier !== undefined) return { position: earlier };
        const undo: (() => void)[] = [];
        try {
          for (const write of commit.writes) applyWrite(state, write, undo);
        } catch (error) {
          for (const step of undo.reverse()) step();
          throw error;
        }
        state.commits.set(commit.id, ++state.position);
        return { position: state.position };
      }),
    records: (ids) => answer(() => ids.flatMap(stored)),
    find: (filter, { limit = 100, after } = {}) =>
      answer(() => {
        const last = after === undefined ? undefined : state.records.get(after);
        if (after !== undefined && last === undefined)
          throw new BrainOpsError("not_found", `There is no record ${after} to go on after.`);
        return [...state.records]
          .sort(([a, x], [b, y]) => y.createdAt - x.createdAt || compareText(b, a))
          .filter(([id, entry]) => last === undefined || isAfter(entry.createdAt, id, last.createdAt, after ?? ""))
          .filter(([, entry]) => fitsFilter(parseRecord(entry), filter))
          .slice(0, limit)
          .flatMap(([id]) => stored(id));
      }),
    about: (subject) =>
      answer(() =>
        [...state.records]
          .filter(([, entry]) => entry.subjects.includes(subject))
          .sort(([a], [b]) => compareText(a, b))
          .flatMap(([id]) => stored(id)),
      ),
    candidates: (terms, filter, k) => answer(() => findCandidates(state, terms, filter, k)),
    near: (vector, space, filter, k) => answer(() => findNear(state, vector, space, filter, k)),
    unembedded: (space, filter, limit) => answer(() => findUnembedded(state, space, filter, limit)),
    vectors: (space, ids) => answer(() => findVectors(state, space, ids)),
    neighbours: (ids, distance) => answer(() => findNeighbours(state, ids, distance).flatMap(stored)),
    links: (id, { direction = "from", types } = {}) =>
      answer(() =>
        [...state.links.values()]
          .filter((link) => link[direction] === id && (types === undefined || types.includes(link.type)))
          .map((link) => ({ ...link })),
      ),
    read: (name, { from = 0, limit = Infinity } = {}) =>
      answer(() => {
        const stream = state.streams.get(name);
        if (stream === undefined) return [];
        const start = Math.max(from, stream.base);
        return stream.entries
          .slice(start - stream.base, start - stream.base + limit)
          .map((text, index) => ({ position: start + index, entry: JSON.parse(text) as Json }));
      }),
    position: (name) =>
      answer(() => {
        const stream = state.streams.get(name);
        return stream === undefined ? 0 : stream.base + stream.entries.length;
      }),
    scopes: () => answer(() => [...new Set([...state.records.values()].map(({ scope }) => scope))].sort(compareText)),
    streams: (prefix) => answer(() => namesWith(state.streams, prefix)),
    document: (key) =>
      answer(() => {
        const found = state.documents.get(key);
        return found && openDocument(key, found);
      }),
    documents: (prefix, { limit = Infinity, after } = {}) =>
      answer(() =>
        namesWith(state.documents, prefix)
          .filter((key) => after === undefined || key > after)
          .slice(0, limit)
          .flatMap((key) => {
            const found = state.documents.get(key);
            return found ? [openDocument(key, found)] : [];
          }),
      ),
    blob: (scope, id) => answer(() => state.blobs.get(blobKey(scope, id))?.bytes.slice()),
    due: (at, limit = Infinity) => answer(() => dueWakes(state, at).slice(0, limit).map(parseWake)),
    queues: () => answer(() => oneOfEach(state).map(parseWake)),
    dueIn: (queue, at, options) => answer(() => dueInQueue(state, queue, at, options).map(parseWake)),
    wake: (key) =>
      answer(() => {
        const found = state.wakes.get(key);
        return found && parseWake(found);
      }),
    now: () => answer(() => Date.now()),
    changes: (scope, { after = 0, limit = 1000 } = {}) => answer(() => changesIn(state, scope, after, limit)),
    stats: (scope) => answer(() => countAll(state, scope)),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  });
}

function openDocument(key: string, { json, version, record }: KeptDocument): StoredDocument {
  return { key, value: JSON.parse(json) as Json, version, ...(record === undefined ? {} : { record }) };
}

function isAfter(createdAt: number, id: string, lastCreatedAt: number, lastId: string): boolean {
  return createdAt < lastCreatedAt || (createdAt === lastCreatedAt && id < lastId);
}

function namesWith(map: ReadonlyMap<string, unknown>, prefix: string): string[] {
  return [...map.keys()].filter((name) => name.startsWith(prefix)).sort(compareText);
}

function countAll(state: MemoryState, scope: string | undefined): StoreStats {
  const records = Object.fromEntries(recordKinds.map((kind) => [kind, 0])) as Record<RecordKind, number>;
  for (const entry of state.records.values())
    if (scope === undefined || isWithin(entry.scope, scope)) records[parseRecord(entry).kind]++;
  let entries = 0;
  for (const stream of state.streams.values()) entries += stream.entries.length;
  return { records, streams: state.streams.size, entries, documents: state.documents.size, bytes: 0 };
}
