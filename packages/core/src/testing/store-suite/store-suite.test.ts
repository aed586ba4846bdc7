import { expect, test } from "vitest";
import { isBrainOpsError } from "../../contracts/error.ts";
import type { Link } from "../../contracts/record.ts";
import type { Commit, Store, StoreOpener, Write } from "../../contracts/store.ts";
import { fitsFilter } from "../../recall/fits-filter.ts";
import { memoryStore } from "../memory-store.ts";
import { storeSuite } from "./index.ts";

/** Makes a fault: gives what is to be replaced in a sound store. */
type Fault = (store: Store) => Partial<Store>;

/** A fault that changes the writes of every commit. */
function changing(change: (write: Write) => readonly Write[]): Fault {
  return (store) => ({ commit: (commit) => store.commit({ ...commit, writes: commit.writes.flatMap(change) }) });
}

let fresh = 0;

const faults: { readonly [name: string]: Fault } = {
  "a commit is not atomic": (store) => ({
    async commit({ id, writes }) {
      let last = await store.commit({ id: `${id}.`, writes: [] });
      for (const [i, write] of writes.entries()) last = await store.commit({ id: `${id}.${i}`, writes: [write] });
      return last;
    },
  }),
  "commit ids are forgotten": (store) => ({
    commit: (commit: Commit) => store.commit({ ...commit, id: `${commit.id}.${fresh++}` }),
  }),
  "a commit always has the same position": (store) => ({
    commit: async (commit) => ({ position: Math.min(1, (await store.commit(commit)).position) }),
  }),
  "expectedPosition is ignored": changing((write) =>
    write.type === "append" ? [{ type: "append", stream: write.stream, entries: write.entries }] : [write],
  ),
  "expectedVersion is ignored": changing((write) =>
    write.type === "document" ? [{ type: "document", key: write.key, value: write.value }] : [write],
  ),
  "conflicts are swallowed": (store) => ({
    async commit(commit) {
      try {
        return await store.commit(commit);
      } catch (error) {
        if (isBrainOpsError(error, "conflict")) return { position: 0 };
        throw error;
      }
    },
  }),
  "the writes of a commit are applied backwards": (store) => ({
    commit: (commit) => store.commit({ ...commit, writes: commit.writes.toReversed() }),
  }),
  "counters count twice": changing((write) => (write.type === "count" ? [write, write] : [write])),
  "one reference less frees a blob": changing((write) => (write.type === "unblob" ? [write, write] : [write])),
  "trimming does nothing": changing((write) => (write.type === "trim" ? [] : [write])),
  "trimming takes one entry too many": changing((write) =>
    write.type === "trim" ? [{ ...write, before: write.before + 1 }] : [write],
  ),
  "erasing a scope does nothing": changing((write) => (write.type === "erase" && write.scope ? [] : [write])),
  "erasing a subject does nothing": changing((write) => (write.type === "erase" && write.subject ? [] : [write])),
  "redacting does nothing": changing((write) => (write.type === "redact" ? [] : [write])),
  "redacting takes whole entries": changing((write) =>
    write.type === "redact" ? [{ ...write, members: [...write.members, "n"] }] : [write],
  ),
  "redacting spares the first entry": changing((write) =>
    write.type === "redact" ? [{ ...write, positions: write.positions.filter((position) => position > 0) }] : [write],
  ),
  "redacting takes the entry beside too": changing((write) =>
    write.type === "redact" ? [write, { ...write, positions: [(write.positions.at(-1) ?? 0) + 1] }] : [write],
  ),
  "redacting twice is no conflict": (store) => ({
    async commit(commit) {
      try {
        return await store.commit(commit);
      } catch (error) {
        const writes = commit.writes.filter(({ type }) => type !== "redact");
        if (!isBrainOpsError(error, "conflict") || writes.length === commit.writes.length) throw error;
        return store.commit({ ...commit, writes });
      }
    },
  }),
  "a redacted entry loses its place": changing((write) =>
    write.type === "redact"
      ? [write, { type: "trim", stream: write.stream, before: (write.positions[0] ?? 0) + 1 }]
      : [write],
  ),
  "only those of one scope are about a person": (store) => ({
    about: async (subject) => (await store.about(subject)).filter(({ record }) => record.scope === "acme"),
  }),
  "whoever has such a tag is a person": (store) => ({
    about: (subject) => store.find({ scope: "acme", tags: [subject] }),
  }),
  "a wake cannot be taken back": changing((write) => (write.type === "wake" && write.at === null ? [] : [write])),
  "a read ignores where to begin": (store) => ({
    read: (stream, { limit } = {}) => store.read(stream, limit === undefined ? {} : { limit }),
  }),
  "a read ignores its limit": (store) => ({
    read: (stream, { from } = {}) => store.read(stream, from === undefined ? {} : { from }),
  }),
  "positions are counted from what is left": (store) => ({
    read: async (stream, options) =>
      (await store.read(stream, options)).map(({ entry }, position) => ({ position, entry })),
  }),
  "a query leaks into a scope whose name begins the same": (store) => ({
    find: async (filter, options) => [
      ...(await store.find(filter, options)),
      ...(await store.find({ ...filter, scope: `${filter.scope}corp` }, options)),
    ],
  }),
  "tags are ignored": (store) => ({
    find: (filter, options) => store.find({ ...filter, tags: [] }, options),
  }),
  "the oldest come first": (store) => ({
    find: async (filter, options) => (await store.find(filter, options)).toReversed(),
  }),
  "ties are broken the other way": (store) => ({
    async candidates(terms, filter, k) {
      const found = await store.candidates(terms, filter, k);
      return { ...found, candidates: found.candidates.toReversed() };
    },
  }),
  "one candidate too many": (store) => ({ candidates: (terms, filter, k) => store.candidates(terms, filter, k + 1) }),
  "figures are those of the candidates": (store) => ({
    async candidates(terms, filter, k) {
      const found = await store.candidates(terms, filter, k);
      return { ...found, total: found.candidates.length };
    },
  }),
  "links are walked one way only": (store) => ({ links: (id, { types } = {}) => store.links(id, types && { types }) }),
  "links outlive their records": (store) => {
    const drawn: Link[] = [];
    return {
      async commit(commit) {
        const committed = await store.commit(commit);
        for (const write of commit.writes) if (write.type === "link") drawn.push(write.link);
        return committed;
      },
      links: (id, { direction = "from" } = {}) => Promise.resolve(drawn.filter((link) => link[direction] === id)),
    };
  },
  "neighbours stand one place further": (store) => ({
    neighbours: (ids, distance) => store.neighbours(ids, distance + 1),
  }),
  "a page of documents begins with the last of the page before": (store) => ({
    documents: async (prefix, { limit, after } = {}) =>
      (await store.documents(prefix)).filter(({ key }) => after === undefined || key >= after).slice(0, limit),
  }),
  "names are not sorted": (store) => ({
    streams: async (prefix) => (await store.streams(prefix)).toReversed(),
  }),
  "a wake forgets what it came with": (store) => ({
    wake: async (key) => ({ ...(await store.wake(key)), data: {} }) as never,
  }),
  "what is gone is not told": (store) => ({
    changes: async (scope, options) => (await store.changes(scope, options)).filter(({ type }) => type === "put"),
  }),
  "changes begin with the last that was read": (store) => ({
    changes: (scope, { after = 0, limit } = {}) =>
      store.changes(scope, { after: after - 1, ...(limit === undefined ? {} : { limit }) }),
  }),
  "a page of changes ends within a commit": (store) => ({
    changes: async (scope, options) => (await store.changes(scope, options)).slice(0, options?.limit),
  }),
  "changes come newest first": (store) => ({
    changes: async (scope, options) => (await store.changes(scope, options)).toReversed(),
  }),
  "changes leak into a scope whose name begins the same": (store) => ({
    changes: async (scope, options) => [
      ...(await store.changes(scope, options)),
      ...(await store.changes(`${scope}corp`, options)),
    ],
  }),
  "the furthest vectors come first": (store) => ({
    async near(...args) {
      const found = await store.near(...args);
      return { ...found, nearest: found.nearest.toReversed() };
    },
  }),
  "nearness is not that of the angle": (store) => ({
    async near(vector, ...rest) {
      const found = await store.near(vector, ...rest);
      return { ...found, nearest: found.nearest.map((near) => ({ ...near, similarity: near.similarity / 2 })) };
    },
  }),
  "nearness leaves its scope": (store) => ({
    near: (vector, space, filter, k) =>
      store.near(vector, space, { ...filter, scope: filter.scope.split("/")[0] ?? "" }, k),
  }),
  "nearness looks at the filter too late": (store) => ({
    async near(vector, space, filter, k) {
      const found = await store.near(vector, space, { scope: filter.scope }, k);
      return { ...found, nearest: found.nearest.filter(({ record }) => fitsFilter(record, filter)) };
    },
  }),
  "all records are said to have a vector": (store) => ({
    near: async (...args) => ({ ...(await store.near(...args)), lacking: 0 }),
  }),
  "all spaces are one": changing((write) => (write.type === "vector" ? [{ ...write, space: "x/2" }] : [write])),
  "the vector of an older text is kept": (store) => ({
    async commit(commit) {
      const versions = new Map<string, number>();
      for (const { record } of await store.records(commit.writes.flatMap((w) => (w.type === "vector" ? w.id : []))))
        versions.set(record.id, record.version);
      const latest = (write: Write): Write =>
        write.type === "vector" ? { ...write, version: versions.get(write.id) ?? write.version } : write;
      return store.commit({ ...commit, writes: commit.writes.map(latest) });
    },
  }),
  "vectors of another length are let in": changing((write) =>
    write.type === "vector" ? [{ ...write, space: `x/${write.vector.length}` }] : [write],
  ),
  "records without a vector come newest first": (store) => ({
    unembedded: async (...args) => (await store.unembedded(...args)).toReversed(),
  }),
  "records without a vector come from every scope": (store) => ({
    unembedded: (space, filter, limit) =>
      store.unembedded(space, { ...filter, scope: filter.scope.split("/")[0] ?? "" }, limit),
  }),
  "two records supersede each other": (store) => ({
    async commit(commit) {
      try {
        return await store.commit(commit);
      } catch (error) {
        if (!isBrainOpsError(error, "invalid_input") || !commit.writes.some(({ type }) => type === "link")) throw error;
        return { position: 0 };
      }
    },
  }),
  "a link forgets when it was recorded": changing((write) => {
    if (write.type !== "link") return [write];
    const { from, to, type, reason } = write.link;
    return [{ type: "link", link: { from, to, type, ...(reason === undefined ? {} : { reason }) } }];
  }),
  "figures of a scope are those of all": (store) => ({ stats: () => store.stats() }),
  "everything is due": (store) => ({ due: (_, limit) => store.due(Number.MAX_SAFE_INTEGER, limit) }),
  "a closed store goes on": () => ({ close: () => Promise.resolve() }),
  "what is given out is shared": (store) => {
    const kept = new Map<string, ReturnType<Store["read"]>>();
    return {
      read(stream, options) {
        const key = JSON.stringify([stream, options]);
        const found = kept.get(key) ?? store.read(stream, options);
        kept.set(key, found);
        return found;
      },
    };
  },
};

/** Runs the suite, without random histories, until a test fails; gives its name. */
async function firstFailure(makeOpener: () => StoreOpener): Promise<string | undefined> {
  const tests: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  storeSuite({ test: (name, run) => tests.push({ name, run }), fresh: makeOpener, histories: 0 });
  for (const { name, run } of tests) {
    try {
      await run();
    } catch {
      return name;
    }
  }
  return undefined;
}

test("the suite finds nothing wrong with a sound store", async () => {
  expect(await firstFailure(memoryStore)).toBeUndefined();
});

for (const [name, fault] of Object.entries(faults)) {
  test(`the suite notices when ${name}`, async () => {
    const faulty = (): StoreOpener => {
      const opener = memoryStore();
      const open = async (): Promise<Store> => {
        const store = await opener.open();
        return { ...store, ...fault(store) };
      };
      return { name: "faulty", open };
    };
    expect(await firstFailure(faulty)).toBeDefined();
  });
}

test("the suite notices when a store forgets everything at closing", async () => {
  const forgetful = (): StoreOpener => ({ name: "forgetful", open: () => memoryStore().open() });
  expect(await firstFailure(forgetful)).toBeDefined();
});
