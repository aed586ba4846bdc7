import type { Write } from "../../../contracts/write.ts";
import { changing, type Faults } from "./faults.ts";

/** What goes wrong with documents, blobs and wakes. */
export const documentFaults: Faults = {
  "a document is written only from the version that was expected": {
    "expectedVersion is ignored": changing((write) =>
      write.type === "document" ? [{ type: "document", key: write.key, value: write.value }] : [write],
    ),
  },
  "a document goes with the record that it was put for last, in every way of erasing": {
    "documents stay when their record goes": changing((write) =>
      write.type === "document" ? [{ type: "document", key: write.key, value: write.value }] : [write],
    ),
    "a document stays with the first record that it was put for": (store) => {
      const first = new Map<string, string>();
      return {
        commit: (commit) =>
          store.commit({
            ...commit,
            writes: commit.writes.map((write) => {
              if (write.type !== "document") return write;
              if (write.record !== undefined && !first.has(write.key)) first.set(write.key, write.record);
              const record = first.get(write.key);
              return record === undefined ? write : { ...write, record };
            }),
          }),
      };
    },
    "a document goes only with a record that is erased by its id": (store) => ({
      async commit(commit) {
        const spared: Write[] = [];
        for (const write of commit.writes)
          if (write.type === "erase" && write.ids === undefined)
            for (const { key, value, record } of await store.documents(""))
              if (record !== undefined) spared.push({ type: "document", key, value });
        return store.commit({ ...commit, writes: [...spared, ...commit.writes] });
      },
    }),
  },
  "a blob stays until its last reference is given back, in each scope for itself": {
    "one reference less frees a blob": changing((write) => (write.type === "unblob" ? [write, write] : [write])),
  },
  "wakes come due in order, and a later one of the same key replaces the first": {
    "a wake cannot be taken back": changing((write) => (write.type === "wake" && write.at === null ? [] : [write])),
  },
  "a document has a version that grows": {
    "a document keeps its version": (store) => ({
      document: async (key) => {
        const found = await store.document(key);
        return found && { ...found, version: 1 };
      },
    }),
  },
};
