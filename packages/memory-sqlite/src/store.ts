import {
  BrainOpsError,
  recordKinds,
  type Committed,
  type RecordKind,
  type Store,
  type StoreStats,
} from "@brainops/core";
import { checkCommit, checkedReads } from "@brainops/core/sealing";
import { readBlob } from "./blobs.ts";
import { makeBreather } from "./breather.ts";
import { findCandidates } from "./candidates.ts";
import { readChanges } from "./changes.ts";
import { makeCommitter } from "./committer.ts";
import { snapshot, type Context } from "./context.ts";
import { readDocument, readDocuments } from "./documents.ts";
import { findRecords } from "./find-in-order.ts";
import { findNeighbours, recordsAbout, recordsById } from "./find.ts";
import { int } from "./handle.ts";
import { findNear } from "./near.ts";
import { readStream } from "./journal.ts";
import { makeReader } from "./reader.ts";
import { readLinks } from "./records.ts";
import { findUnembedded } from "./unembedded.ts";
import { scopesInUse, scopesWithin, within } from "./scopes.ts";
import { findStream, streamNames } from "./streams.ts";
import { readVectors } from "./vectors.ts";
import { dueInQueue, dueWakes, oneOfEachQueue, readWake } from "./wakes.ts";

/** So often it is looked whether another process has changed the keys, in milliseconds. */
const lookEvery = 1000;

/** Puts the parts together into a store. */
export function makeStore(context: Context, busyTimeout: number): Store {
  const { db } = context;
  const committer = makeCommitter(context, busyTimeout);
  let closing: Promise<void> | undefined;
  let logHoldsErased = false;
  const checkOpen = (): void => {
    if (closing !== undefined)
      throw new BrainOpsError("store_closed", "The store has been closed. Open it again to use it.");
  };
  const breathe = makeBreather();
  // When the keys are changed elsewhere, a store that does nothing must see it in time, too.
  const looking = setInterval(() => {
    try {
      if (context.writing === undefined) snapshot(context, () => undefined);
    } catch {
      // Who uses the store next is told what is wrong.
    }
  }, lookEvery).unref();
  const read = makeReader(context, breathe, checkOpen);
  const thenEmptied = async (committing: Promise<Committed>, erases: boolean): Promise<Committed> => {
    const committed = await committing;
    logHoldsErased ||= erases;
    if (logHoldsErased) logHoldsErased = !(await committer.emptyLog());
    return committed;
  };
  return checkedReads({
    name: "sqlite",
    commit(commit) {
      try {
        checkOpen();
        checkCommit(commit);
      } catch (error) {
        return Promise.reject(error);
      }
      const committing = committer.commit(commit);
      const erases = commit.writes.some(({ type }) => type === "erase" || type === "redact");
      return erases || logHoldsErased ? thenEmptied(committing, erases) : committing;
    },
    records: (ids) => read(() => recordsById(context, ids)),
    find: (filter, { limit = 100, after } = {}) => findRecords(context, read, filter, limit, after),
    about: (subject) => read(() => recordsAbout(context, subject)),
    candidates: (terms, filter, k) => read(() => findCandidates(context, terms, filter, k)),
    near: (vector, space, filter, k) => findNear(context, read, vector, space, filter, k),
    unembedded: (space, filter, limit) => findUnembedded(context, read, space, filter, limit),
    vectors: (space, ids) => read(() => readVectors(context, space, ids)),
    neighbours: (ids, distance) => read(() => findNeighbours(context, ids, distance)),
    links: (id, { direction = "from", types } = {}) =>
      read(() => readLinks(context, id, direction).filter(({ type }) => types === undefined || types.includes(type))),
    read: (stream, { from = 0, limit = Infinity } = {}) => read(() => readStream(context, stream, from, limit)),
    position: (stream) => read(() => findStream(context, stream)?.length ?? 0),
    scopes: () => read(() => scopesInUse(context)),
    streams: (prefix) => read(() => streamNames(context, prefix)),
    document: (key) => read(() => readDocument(context, key)),
    documents: (prefix, { limit = Infinity, after } = {}) => read(() => readDocuments(context, prefix, limit, after)),
    blob: (scope, id) => read(() => readBlob(context, scope, id)),
    due: (at, limit = Infinity) => read(() => dueWakes(context, at, limit)),
    queues: () => read(() => oneOfEachQueue(context)),
    dueIn: (queue, at, options) => read(() => dueInQueue(context, queue, at, options)),
    wake: (key) => read(() => readWake(context, key)),
    now: () => read(() => Date.now()),
    changes: (scope, { after = 0, limit = 1000 } = {}) => read(() => readChanges(context, scope, after, limit)),
    stats: (scope) => read(() => countAll(context, scope)),
    close: () =>
      (closing ??= (async () => {
        clearInterval(looking);
        await committer.drain();
        await context.log.close();
        await context.background.close();
        db.close();
      })()),
  });
}

const everywhere = { sql: "true", values: [] };

function countAll(context: Context, scope: string | undefined): StoreStats {
  const { db } = context;
  const count = (sql: string): number => int(db.get(sql)?.["n"]);
  const { sql, values } = scope === undefined ? everywhere : within("scope", scopesWithin(context, scope));
  const records = Object.fromEntries(
    recordKinds.map((kind, index) => [
      kind,
      int(db.get(`select sum(records) as n from kinds where kind = ? and ${sql}`, index, ...values)?.["n"]),
    ]),
  ) as Record<RecordKind, number>;
  return {
    records,
    streams: count(`select (select count(*) from streams) + count(*) as n from journal
      where seq > ifnull((select seq from journal_index where stream = 0), 0) and position = 0 and stream = seq`),
    entries: count("select sum(count) as n from journal where stream > 0"),
    documents: count("select count(*) as n from documents"),
    bytes: count("select page_count * page_size as n from pragma_page_count, pragma_page_size"),
  };
}
