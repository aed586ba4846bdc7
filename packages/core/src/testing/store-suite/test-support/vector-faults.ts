import type { Write } from "../../../contracts/write.ts";
import { fitsFilter } from "../../../recall/fits-filter.ts";
import { changing, type Faults } from "./faults.ts";

/** What goes wrong with vectors. */
export const vectorFaults: Faults = {
  "a space holds what one embedder made; the last vector of a record in it counts": {
    "all spaces are one": changing((write) => (write.type === "vector" ? [{ ...write, space: "x/2" }] : [write])),
  },
  "a vector stays with its text: a new text drops it, one of an older text is passed over": {
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
  },
  "what makes no sense is invalid_input, and nothing is written": {
    "vectors of another length are let in": changing((write) =>
      write.type === "vector" ? [{ ...write, space: `x/${write.vector.length}` }] : [write],
    ),
  },
  "the nearest come first, each with its exact similarity, ties by id": {
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
    "all records are said to have a vector": (store) => ({
      near: async (...args) => ({ ...(await store.near(...args)), lacking: 0 }),
    }),
  },
  "nearness keeps to its scope and filter, and fills up from further away": {
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
  },
  "vectors of records are read as they were put, ordered by id, each once": {
    "vectors are read in the order asked": (store) => ({
      vectors: async (...args) => (await store.vectors(...args)).toReversed(),
    }),
    "vectors are read from another space, too": (store) => ({
      vectors: async (space, ids) => [
        ...(await store.vectors(space, ids)),
        ...(space === "z/2" ? await store.vectors("y/2", ids) : []),
      ],
    }),
  },
  "records that lack a vector are listed, oldest first, within a filter": {
    "records without a vector come newest first": (store) => ({
      unembedded: async (...args) => (await store.unembedded(...args)).toReversed(),
    }),
    "records without a vector come from every scope": (store) => ({
      unembedded: (space, filter, limit) =>
        store.unembedded(space, { ...filter, scope: filter.scope.split("/")[0] ?? "" }, limit),
    }),
  },
};
