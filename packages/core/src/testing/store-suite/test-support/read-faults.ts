import type { MemoryRecord } from "../../../contracts/record.ts";
import type { Store } from "../../../contracts/store.ts";
import { analyse } from "../../../recall/analyse.ts";
import { fitsFilter } from "../../../recall/fits-filter.ts";
import type { Faults } from "./faults.ts";

/** What goes wrong when something is read. */
export const readFaults: Faults = {
  "records about a person are found in every scope, and no others": {
    "only those of one scope are about a person": (store) => ({
      about: async (subject) => (await store.about(subject)).filter(({ record }) => record.scope === "acme"),
    }),
    "whoever has such a tag is a person": (store) => ({
      about: (subject) => store.find({ scope: "acme", tags: [subject] }),
    }),
    "records about a person come in the order of their scopes": (store) => ({
      about: async (subject) => (await store.about(subject)).toReversed(),
    }),
  },
  "a read may begin anywhere and end early, within an append too": {
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
  },
  "a query never leaves its scope": {
    "a query leaks into a scope whose name begins the same": (store) => ({
      find: async (filter, options) => [
        ...(await store.find(filter, options)),
        ...(await store.find({ ...filter, scope: `${filter.scope}corp` }, options)),
      ],
    }),
    "candidates leak into a scope whose name begins the same": (store) => ({
      async candidates(terms, filter, k) {
        const above = filter.scope.split("/")[0] ?? "";
        const found = await store.candidates(terms, { ...filter, scope: above }, 1000);
        return {
          ...found,
          candidates: found.candidates.filter(({ record }) => record.scope.startsWith(filter.scope)).slice(0, k),
        };
      },
    }),
  },
  "a filter narrows by everything it names": {
    "tags are ignored": (store) => ({
      find: (filter, options) => store.find({ ...filter, tags: [] }, options),
    }),
  },
  "records are found newest first, ties by id downwards, in pages": {
    "the oldest come first": (store) => ({
      find: async (filter, options) => (await store.find(filter, options)).toReversed(),
    }),
    "a page begins with the last of the page before": (store) => ({
      async find(filter, { limit = 100, after } = {}) {
        const all = await store.find(filter, { limit: Infinity });
        const from = after === undefined ? 0 : all.findIndex(({ record }) => record.id === after);
        return all.slice(from, from + limit);
      },
    }),
    "of records of one time the first by id comes first": (store) => ({
      find: async (filter, options) =>
        (await store.find(filter, options)).toSorted(
          (a, b) => b.record.createdAt - a.record.createdAt || (a.record.id < b.record.id ? -1 : 1),
        ),
    }),
  },
  "candidates come by the rarity of what they hold, ties by id": {
    "ties are broken the other way": (store) => ({
      async candidates(terms, filter, k) {
        const found = await store.candidates(terms, filter, k);
        return { ...found, candidates: found.candidates.toReversed() };
      },
    }),
    "one candidate too many": (store) => ({ candidates: (terms, filter, k) => store.candidates(terms, filter, k + 1) }),
    "candidates come by how many words they hold": (store) => ({
      async candidates(terms, filter, k) {
        const found = await store.candidates(terms, filter, 1000);
        const held = (frequencies: readonly number[]): number =>
          frequencies.filter((frequency) => frequency > 0).length;
        const candidates = found.candidates.toSorted(
          (a, b) => held(b.frequencies) - held(a.frequencies) || (a.record.id < b.record.id ? -1 : 1),
        );
        return { ...found, candidates: candidates.slice(0, k) };
      },
    }),
  },
  "candidates carry frequencies and lengths, and the scope's figures": {
    "figures are those of the candidates": (store) => ({
      async candidates(terms, filter, k) {
        const found = await store.candidates(terms, filter, k);
        return { ...found, total: found.candidates.length };
      },
    }),
    "rarity is counted beyond the scope": (store) => ({
      async candidates(terms, filter, k) {
        const { documentFrequencies } = await store.candidates(terms, { scope: filter.scope.split("/")[0] ?? "" }, 0);
        return { ...(await store.candidates(terms, filter, k)), documentFrequencies };
      },
    }),
  },
  "links are walked both ways, oldest first, and drawn once": {
    "links are walked one way only": (store) => ({
      links: (id, { types } = {}) => store.links(id, types && { types }),
    }),
    "links come newest first": (store) => ({
      links: async (id, options) => (await store.links(id, options)).toReversed(),
    }),
    "links of every type are given": (store) => ({
      links: (id, { direction = "from" } = {}) => store.links(id, { direction }),
    }),
  },
  "neighbours stand in the same scope and thread, not too far away": {
    "neighbours stand one place further": (store) => ({
      neighbours: (ids, distance) => store.neighbours(ids, distance + 1),
    }),
    "those asked for are their own neighbours": (store) => ({
      neighbours: async (ids, distance) => [...(await store.neighbours(ids, distance)), ...(await store.records(ids))],
    }),
  },
  "documents are listed by prefix, sorted by code unit, in pages": {
    "a page of documents begins with the last of the page before": (store) => ({
      documents: async (prefix, { limit, after } = {}) =>
        (await store.documents(prefix)).filter(({ key }) => after === undefined || key >= after).slice(0, limit),
    }),
    "documents are sorted as people do": (store) => ({
      documents: async (prefix, options) =>
        (await store.documents(prefix, options)).toSorted((a, b) => a.key.localeCompare(b.key, "en")),
    }),
  },
  "streams are listed by prefix, sorted by code unit": {
    "names are not sorted": (store) => ({
      streams: async (prefix) => (await store.streams(prefix)).toReversed(),
    }),
  },
  "wakes come due in order, and a later one of the same key replaces the first": {
    "a wake forgets what it came with": (store) => ({
      wake: async (key) => ({ ...(await store.wake(key)), data: {} }) as never,
    }),
    "everything is due": (store) => ({ due: (_, limit) => store.due(Number.MAX_SAFE_INTEGER, limit) }),
    "wakes come due by their keys": (store) => ({
      due: async (at, limit) => (await store.due(at, limit)).toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    }),
  },
  "wakes of a queue are read lane by lane, earliest first, each lane once": {
    "what is not due is read, too": (store) => ({
      dueIn: (queue, _, options) => store.dueIn(queue, Number.MAX_SAFE_INTEGER, options),
    }),
    "a look begins anew each time": (store) => ({
      dueIn: (queue, at, { lanes, each }) => store.dueIn(queue, at, { lanes, each }),
    }),
    "wakes without a queue are in all": (store) => ({
      queues: async () => [...(await store.queues()), ...(await store.due(9, 1))],
    }),
  },
  "changes never leave their scope; what moves out of it is gone from it": {
    "what is gone is not told": (store) => ({
      changes: async (scope, options) => (await store.changes(scope, options)).filter(({ type }) => type === "put"),
    }),
    "changes leak into a scope whose name begins the same": (store) => ({
      changes: async (scope, options) => [
        ...(await store.changes(scope, options)),
        ...(await store.changes(`${scope}corp`, options)),
      ],
    }),
    "what is gone is told as put": (store) => ({
      changes: async (scope, options) =>
        (await store.changes(scope, options)).map((change) => ({ ...change, type: "put" as const })),
    }),
  },
  "changes are read on after a position, and one commit's are never parted": {
    "changes begin with the last that was read": (store) => ({
      changes: (scope, { after = 0, limit } = {}) =>
        store.changes(scope, { after: after - 1, ...(limit === undefined ? {} : { limit }) }),
    }),
    "a page of changes ends within a commit": (store) => ({
      changes: async (scope, options) => (await store.changes(scope, options)).slice(0, options?.limit),
    }),
    "the last change of a page is never told": (store) => ({
      changes: async (scope, options) =>
        (await store.changes(scope, options)).slice(0, options?.limit === undefined ? undefined : -1),
    }),
  },
  "changes come in the order of their commits, each under its commit's position": {
    "changes come newest first": (store) => ({
      changes: async (scope, options) => (await store.changes(scope, options)).toReversed(),
    }),
  },
  "figures of a scope count what is in it and below it": {
    "figures of a scope are those of all": (store) => ({ stats: () => store.stats() }),
  },
  "a closed store refuses, and closing twice is harmless": {
    "a closed store goes on": () => ({ close: () => Promise.resolve() }),
  },
  "what was handed in or given out may be changed by its owner": {
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
  },
  "candidates keep to their filter, and fill up from further down": {
    "candidates look at the filter too late": (store) => ({
      async candidates(terms, filter, k) {
        const found = await store.candidates(terms, { scope: filter.scope }, k);
        return { ...found, candidates: found.candidates.filter(({ record }) => fitsFilter(record, filter)) };
      },
    }),
  },
  "a new version is found by its new words only": {
    "the words of an older text are kept": (store) => {
      const words = new Map<string, Set<string>>();
      return {
        commit(commit) {
          for (const write of commit.writes)
            if (write.type === "record")
              words.set(
                write.record.id,
                new Set([...(words.get(write.record.id) ?? []), ...analyse(write.record.text)]),
              );
          return store.commit(commit);
        },
        async candidates(terms, filter, k) {
          const found = await store.candidates(terms, filter, k);
          const ids = new Set(found.candidates.map(({ record }) => record.id));
          const more = (await store.records([...words.keys()]))
            .filter(({ record }) => !ids.has(record.id) && fitsFilter(record, filter))
            .filter(({ record }) => terms.some((term) => words.get(record.id)?.has(term)))
            .map((stored) => ({ ...stored, frequencies: terms.map(() => 1), length: 1 }));
          return { ...found, candidates: [...found.candidates, ...more].slice(0, k) };
        },
      };
    },
  },
  "erased by id: gone from every read, with its links, and again is harmless": {
    "what is erased is still found by its words": (store) => {
      const kept = new Map<string, MemoryRecord>();
      return {
        commit(commit) {
          for (const write of commit.writes) if (write.type === "record") kept.set(write.record.id, write.record);
          return store.commit(commit);
        },
        async candidates(terms, filter, k) {
          const found = await store.candidates(terms, filter, k);
          const there = new Set((await store.records([...kept.keys()])).map(({ record }) => record.id));
          const ghosts = [...kept.values()]
            .filter((record) => !there.has(record.id) && fitsFilter(record, filter))
            .filter(({ text }) => analyse(text).some((term) => terms.includes(term)))
            .map((record) => ({ record, counters: { uses: 0, tries: 0, successes: 0 }, frequencies: [1], length: 1 }));
          return { ...found, candidates: [...ghosts, ...found.candidates].slice(0, k) };
        },
      };
    },
    "figures still count what is erased": (store) => ({
      async candidates(...args) {
        const found = await store.candidates(...args);
        return { ...found, total: found.total + 1 };
      },
    }),
  },
  "a blob stays until its last reference is given back, in each scope for itself": {
    "a blob is found from every scope": (store) => ({
      blob: async (scope, id) => (await store.blob(scope, id)) ?? (await store.blob("other", id)),
    }),
  },
  "a limit that is no whole number from 0 on is invalid_input, and Infinity is none": {
    "a negative limit is none": (store) => ({
      find: (filter, { limit = 100, ...rest } = {}) =>
        store.find(filter, { ...rest, limit: limit < 0 ? Infinity : limit }),
    }),
  },
  "figures count what is there": {
    "figures count what was trimmed": (store) => ({
      async stats(scope) {
        const stats = await store.stats(scope);
        const lengths = await Promise.all((await store.streams("")).map((stream) => store.position(stream)));
        return { ...stats, entries: lengths.reduce((sum, length) => sum + length, 0) };
      },
    }),
  },
  "trimming drops what is before, and moves nothing": {
    "a trimmed stream is counted anew": (store) => ({ position: async (stream) => (await store.read(stream)).length }),
  },
  "a record comes back exactly, and a plain one without more than it had": {
    "records come in the order of their ids": (store) => ({
      records: async (ids) => (await store.records(ids)).toSorted((a, b) => (a.record.id < b.record.id ? -1 : 1)),
    }),
  },
};
