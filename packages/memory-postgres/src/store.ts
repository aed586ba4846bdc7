import { BrainOpsError, recordKinds, type RecordKind, type Store, type StoreStats } from "@brainops/core";
import { checkCommit, checkedReads } from "@brainops/core/sealing";
import { readBlob } from "./blobs.ts";
import { findCandidates } from "./candidates.ts";
import { readChanges } from "./changes.ts";
import { makeCommitter } from "./committer.ts";
import { refreshKeys, type Context } from "./context.ts";
import { reading } from "./database.ts";
import { makeDocumentReader, readDocuments } from "./documents.ts";
import { findAbout, findNeighbours, findRecords, recordsById } from "./find.ts";
import { int } from "./handle.ts";
import { findNear, findUnembedded, findVectors } from "./near.ts";
import { makeLinkReader } from "./links.ts";
import { makePacker } from "./packer.ts";
import { scopesInUse } from "./scopes.ts";
import { makeStreamReader, streamLength, streamNames } from "./streams.ts";
import type { Witness } from "./witness.ts";
import { dueInQueue, dueWakes, makeWakeReader, oneOfEachQueue } from "./wakes.ts";

/** So often, in milliseconds, a store that is open looks whether it has another key, or its server was set back. */
const lookForKeysEvery = 5000;

/** Puts the parts together into a store. */
export function makeStore(context: Context, witness: Witness, patience: number): Store {
  const packer = makePacker(context);
  const forget = makeForgetter(context);
  const links = makeLinkReader(context);
  const committer = makeCommitter(context, patience, (commit) => {
    packer.committed(commit);
    forget();
  });
  let closing: Promise<void> | undefined;
  const checkOpen = (): void => {
    if (closing !== undefined)
      throw new BrainOpsError("store_closed", "The store has been closed. Open it again to use it.");
  };
  const reads = makeCounter();
  // Somebody may have changed the key: the new one is handed over for a while only.
  context.db.afterLoss = witness.look;
  // Behind a pooler connections may outlive the server, so that nothing tells that it is another one.
  const watch = setInterval(() => {
    context.db.doubt();
    void refreshKeys(context).catch(() => undefined);
  }, lookForKeysEvery);
  watch.unref();
  const read = async <T>(work: () => Promise<T>): Promise<T> => {
    checkOpen();
    reads.begin();
    try {
      return await reading(work());
    } finally {
      reads.end();
    }
  };
  const [documentOf, wakeOf, streamOf] = [
    makeDocumentReader(context),
    makeWakeReader(context),
    makeStreamReader(context),
  ];
  return checkedReads({
    name: "postgres",
    async commit(commit) {
      checkOpen();
      checkCommit(commit);
      const committed = await committer.commit(commit);
      witness.acknowledged(commit);
      // What is erased is taken out of the packed words too before it is said to be gone.
      if (commit.writes.some(({ type }) => type === "erase")) await packer.purge();
      return committed;
    },
    records: (ids) => read(() => recordsById(context, ids)),
    find: (filter, { limit = 100, after } = {}) => read(() => findRecords(context, filter, limit, after)),
    about: (subject) => read(() => findAbout(context, subject)),
    candidates: (terms, filter, k) =>
      read(async () => {
        const found = await findCandidates(context, terms, filter, k);
        packer.nudge();
        return found;
      }),
    near: (vector, space, filter, k) => read(() => findNear(context, vector.slice(), space, filter, k)),
    unembedded: (space, filter, limit) => read(() => findUnembedded(context, space, filter, limit)),
    vectors: (space, ids) => read(() => findVectors(context, space, ids)),
    neighbours: (ids, distance) => read(() => findNeighbours(context, ids, distance)),
    links: (id, { direction = "from", types } = {}) =>
      read(async () => (await links(id, direction)).filter(({ type }) => types === undefined || types.includes(type))),
    read: (stream, { from = 0, limit = Infinity } = {}) => read(() => streamOf({ name: stream, from, limit })),
    position: (stream) => read(() => streamLength(context, stream)),
    scopes: () => read(() => scopesInUse(context)),
    streams: (prefix) => read(() => streamNames(context, prefix)),
    document: (key) => read(() => documentOf(key)),
    documents: (prefix, { limit = Infinity, after } = {}) => read(() => readDocuments(context, prefix, limit, after)),
    blob: (scope, id) => read(() => readBlob(context, scope, id)),
    due: (at, limit = Infinity) => read(() => dueWakes(context, at, limit)),
    queues: () => read(() => oneOfEachQueue(context)),
    dueIn: (queue, at, options) => read(() => dueInQueue(context, queue, at, options)),
    wake: (key) => read(() => wakeOf(key)),
    now: () => read(async () => int((await context.db.query(clock))[0]?.["now"])),
    changes: (scope, { after = 0, limit = 1000 } = {}) => read(() => readChanges(context, scope, after, limit)),
    stats: (scope) => read(() => countAll(context, scope)),
    close: () =>
      (closing ??= (async () => {
        clearInterval(watch);
        await committer.drain();
        await packer.stop();
        await reads.none();
        await context.db.close();
      })()),
  });
}

/** Counts what is under way. */
interface Counter {
  begin(): void;
  end(): void;
  /** Resolves when nothing is. */
  none(): Promise<void>;
}

/**
 * A set of what is under way would hold on to what it answered long after that was taken out: the tables that a set leaves behind
 * as it changes refer to each other, and those that are old are looked through seldom.
 */
function makeCounter(): Counter {
  let count = 0;
  let tell: (() => void) | undefined;
  return {
    begin: () => void count++,
    end() {
      if (--count === 0) tell?.();
    },
    none: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => (tell = resolve))),
  };
}

/** Makes a function that is told of every commit, and now and then forgets ids of commits that are older than the horizon. */
function makeForgetter({ db, retryHorizon }: Context): () => void {
  const every = Math.ceil(retryHorizon / 2);
  let commits = 0;
  return () => {
    if (++commits % every !== 0) return;
    // It can as well happen the next time.
    db.call("forget_commits_1", [retryHorizon]).catch(() => undefined);
  };
}

const clock = "select (extract(epoch from clock_timestamp()) * 1000)::bigint as now";

async function countAll({ db, s, sealer }: Context, scope: string | undefined): Promise<StoreStats> {
  const within = `where scope in (select scope from ${s}.scope_within where outside = $1)`;
  const kinds = await db.query(
    `select kind, count(*) as n from ${s}.records ${scope === undefined ? "" : within} group by kind`,
    scope === undefined ? [] : [sealer.token("scope", scope)],
  );
  const [row] = await db.query(
    `select (select count(*) from ${s}.streams) as streams, (select count(*) from ${s}.documents) as documents,
       (select sum(least(j.count, j.position + j.count - t.base))::bigint
        from ${s}.journal j join ${s}.streams t on t.name = j.stream) as entries,
       (select sum(pg_total_relation_size(c.oid))::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = $1 and c.relkind = 'r') as bytes`,
    [db.schemaName],
  );
  const counts = new Map(kinds.map((kind) => [int(kind["kind"]), int(kind["n"])]));
  const records = Object.fromEntries(recordKinds.map((kind, index) => [kind, counts.get(index) ?? 0]));
  return {
    records: records as Record<RecordKind, number>,
    streams: int(row?.["streams"]),
    entries: int(row?.["entries"]),
    documents: int(row?.["documents"]),
    bytes: int(row?.["bytes"]),
  };
}
