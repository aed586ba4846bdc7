import { isBrainOpsError } from "../../../contracts/error.ts";
import type { Link } from "../../../contracts/record.ts";
import type { Commit, Write } from "../../../contracts/write.ts";
import { changing, type Faults } from "./faults.ts";

/** A commit without its writes of a type. */
function without(type: Write["type"], commit: Commit): Commit {
  return { ...commit, writes: commit.writes.filter((write) => write.type !== type) };
}

let fresh = 0;

/** What goes wrong when something is written. */
export const writeFaults: Faults = {
  "a commit with a document of another version writes nothing at all": {
    "a commit is not atomic": (store) => ({
      async commit({ id, writes }) {
        let last = await store.commit({ id: `${id}.`, writes: [] });
        for (const [i, write] of writes.entries()) last = await store.commit({ id: `${id}.${i}`, writes: [write] });
        return last;
      },
    }),
  },
  "committing again is success, and writes nothing": {
    "commit ids are forgotten": (store) => ({
      commit: (commit: Commit) => store.commit({ ...commit, id: `${commit.id}.${fresh++}` }),
    }),
  },
  "positions grow with every commit": {
    "a commit always has the same position": (store) => ({
      commit: async (commit) => ({ position: Math.min(1, (await store.commit(commit)).position) }),
    }),
  },
  "an owned append fits only the very end of its stream": {
    "expectedPosition is ignored": changing((write) =>
      write.type === "append" ? [{ type: "append", stream: write.stream, entries: write.entries }] : [write],
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
  },
  "one erasure may be told ids, a scope and a subject": {
    "of several things to erase only the first is erased": changing((write) =>
      write.type === "erase" && write.ids !== undefined ? [{ type: "erase", ids: write.ids }] : [write],
    ),
    "whom an erasure is about is forgotten beside a scope": changing((write) =>
      write.type === "erase" && write.scope !== undefined
        ? [{ type: "erase", scope: write.scope, ...(write.ids === undefined ? {} : { ids: write.ids }) }]
        : [write],
    ),
  },
  "a commit of nothing is a commit": {
    "a commit of nothing is passed over": (store) => {
      let last = 0;
      return {
        async commit(commit) {
          if (commit.writes.length > 0) last = (await store.commit(commit)).position;
          return { position: last };
        },
      };
    },
  },
  "entries are the same whether their texts are given with them or not": {
    "texts are kept instead of entries, and are kept as texts": changing((write) =>
      write.type === "append" && write.texts !== undefined ? [{ ...write, entries: write.texts }] : [write],
    ),
  },
  "a commit sees its own earlier writes": {
    "the writes of a commit are applied backwards": (store) => ({
      commit: (commit) => store.commit({ ...commit, writes: commit.writes.toReversed() }),
    }),
  },
  "counters add up, each for itself, and pass over a record that is gone": {
    "counters count twice": changing((write) => (write.type === "count" ? [write, write] : [write])),
    "counts at the same time get lost": (store) => {
      let under = 0;
      return {
        async commit(commit) {
          const alone = under++ === 0;
          await Promise.resolve();
          try {
            return await store.commit(alone ? commit : without("count", commit));
          } finally {
            under--;
          }
        },
      };
    },
  },
  "trimming drops what is before, and moves nothing": {
    "trimming does nothing": changing((write) => (write.type === "trim" ? [] : [write])),
    "trimming takes one entry too many": changing((write) =>
      write.type === "trim" ? [{ ...write, before: write.before + 1 }] : [write],
    ),
  },
  "erased by scope: with all below it, and no other": {
    "erasing a scope does nothing": changing((write) => (write.type === "erase" && write.scope ? [] : [write])),
    "blobs outlive their scope": (store) => ({
      async commit(commit) {
        const writes: Write[] = [];
        for (const write of commit.writes)
          if (write.type === "erase" && write.scope !== undefined) {
            const found = await store.find({ scope: write.scope }, { limit: Infinity });
            writes.push({ type: "erase", ids: found.map(({ record }) => record.id) });
          } else writes.push(write);
        return store.commit({ ...commit, writes });
      },
    }),
    "erasing a scope erases one whose name begins the same": changing((write) =>
      write.type === "erase" && write.scope !== undefined
        ? [write, { type: "erase", scope: `${write.scope}corp` }]
        : [write],
    ),
    "only the scope itself is erased, not what lies below": (store) => ({
      async commit(commit) {
        const writes: Write[] = [];
        for (const write of commit.writes)
          if (write.type === "erase" && write.scope !== undefined) {
            const found = await store.find({ scope: write.scope }, { limit: Infinity });
            const own = found.filter(({ record }) => record.scope === write.scope).map(({ record }) => record.id);
            writes.push({ type: "erase", ids: own });
          } else writes.push(write);
        return store.commit({ ...commit, writes });
      },
    }),
  },
  "erased by subject: in every scope, and nobody else": {
    "erasing a subject does nothing": changing((write) => (write.type === "erase" && write.subject ? [] : [write])),
    "erasing a person erases one whose name begins the same": changing((write) =>
      write.type === "erase" && write.subject !== undefined
        ? [write, { type: "erase", subject: `${write.subject}by` }]
        : [write],
    ),
  },
  "members are taken out of the entries meant, also after reopening, and nothing else changes": {
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
    "a redacted entry loses its place": changing((write) =>
      write.type === "redact"
        ? [write, { type: "trim", stream: write.stream, before: (write.positions[0] ?? 0) + 1 }]
        : [write],
    ),
  },
  "an entry that has nothing to take out, or is not there, is a conflict, and changes nothing": {
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
  },
  "erased by id: gone from every read, with its links, and again is harmless": {
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
  },
  "superseding goes one way: what would close a circle is refused, and nothing is written": {
    "two records supersede each other": (store) => ({
      async commit(commit) {
        try {
          return await store.commit(commit);
        } catch (error) {
          if (!isBrainOpsError(error, "invalid_input") || !commit.writes.some(({ type }) => type === "link"))
            throw error;
          return { position: 0 };
        }
      },
    }),
  },
  "a link says when it was recorded, where that was told": {
    "a link forgets when it was recorded": changing((write) => {
      if (write.type !== "link") return [write];
      const { from, to, type, reason } = write.link;
      return [{ type: "link", link: { from, to, type, ...(reason === undefined ? {} : { reason }) } }];
    }),
  },
  "each put is the next version, and keeps the counters": {
    "a new version begins to count anew": (store) => ({
      async commit(commit) {
        const put = commit.writes.flatMap((write) =>
          write.type === "record" && write.record.version > 1 ? write.record.id : [],
        );
        const back = (await store.records(put)).map(({ record, counters }): Write => ({
          type: "count",
          id: record.id,
          counter: "tries",
          by: -counters.tries,
        }));
        return store.commit({ ...commit, writes: [...commit.writes, ...back] });
      },
    }),
    "any version is taken for the next": (store) => ({
      async commit(commit) {
        const ids = commit.writes.flatMap((write) => (write.type === "record" ? write.record.id : []));
        const stored = new Map((await store.records(ids)).map(({ record }) => [record.id, record.version]));
        return store.commit({
          ...commit,
          writes: commit.writes.map((write) =>
            write.type === "record"
              ? { ...write, record: { ...write.record, version: (stored.get(write.record.id) ?? 0) + 1 } }
              : write,
          ),
        });
      },
    }),
  },
  "a commit that failed may be tried again under its id": {
    "a commit that failed counts as made": (store) => {
      const failed = new Set<string>();
      return {
        async commit(commit) {
          if (failed.has(commit.id)) return { position: 0 };
          return store.commit(commit).catch((error: unknown) => {
            failed.add(commit.id);
            throw error;
          });
        },
      };
    },
  },
  "committing again is success after the store was opened again": {
    "commit ids are forgotten at closing": (store) => {
      const opened = fresh++;
      return { commit: (commit) => store.commit({ ...commit, id: `${opened}.${commit.id}` }) };
    },
  },
  "the same commit sent twice at once happens once": {
    "a commit is done again while it is under way": (store) => {
      const under = new Set<string>();
      return {
        async commit(commit) {
          const id = under.has(commit.id) ? `${commit.id}.${fresh++}` : commit.id;
          under.add(commit.id);
          try {
            await Promise.resolve();
            return await store.commit({ ...commit, id });
          } finally {
            under.delete(commit.id);
          }
        },
      };
    },
  },
  "a commit with a link to nowhere writes nothing at all": {
    "a link to nowhere is passed over": (store) => ({
      commit: (commit) =>
        store.commit(commit).catch((error: unknown) => {
          if (!isBrainOpsError(error, "not_found")) throw error;
          return store.commit(without("link", commit));
        }),
    }),
  },
  "a record comes back exactly, and a plain one without more than it had": {
    "a record forgets when it was true": changing((write) => {
      if (write.type !== "record") return [write];
      const { validFrom: _from, validTo: _to, ...record } = write.record;
      return [{ type: "record", record }];
    }),
    "a record forgets what made it": changing((write) =>
      write.type === "record" ? [{ type: "record", record: { ...write.record, provenance: {} } }] : [write],
    ),
  },
  "links are walked both ways, oldest first, and drawn once": {
    "a link forgets its reason": changing((write) => {
      if (write.type !== "link") return [write];
      const { reason: _reason, ...link } = write.link;
      return [{ type: "link", link }];
    }),
  },
};
