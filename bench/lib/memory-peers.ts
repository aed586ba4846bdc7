import type { MemoryRecord } from "@brainops/core";
import { makeCorpus } from "./corpus.ts";
import type { Report } from "./report.ts";
import { outcomeOf, summarise, type LabelledSet } from "./retrieval.ts";
import { load } from "./runner/peers/load.ts";
import { quantile } from "./stats.ts";

/** A store of somebody else's that finds text without a model. */
interface Peer {
  readonly name: string;
  readonly add: (records: readonly MemoryRecord[]) => Promise<void>;
  /** Ids, the best first. */
  readonly find: (text: string, scope: string, limit: number) => Promise<readonly string[]>;
}

/** What is used of MiniSearch: an index in memory, nothing kept on disk. */
interface MiniSearch {
  addAll(documents: readonly object[]): void;
  search(text: string, options: object): readonly { readonly id: string }[];
}

/** What is used of LangGraph's store in memory. */
interface InMemoryStore {
  put(namespace: string[], key: string, value: object): Promise<void>;
  search(namespace: string[], options: object): Promise<readonly { readonly key: string }[]>;
}

const makers: readonly (() => Promise<Peer>)[] = [
  async () => {
    const { default: Index } = await load<{ readonly default: new (options: object) => MiniSearch }>("minisearch");
    const index = new Index({ fields: ["text"], storeFields: ["scope"] });
    return {
      name: "MiniSearch, in memory",
      add: async (records) => index.addAll(records.map(({ id, text, scope }) => ({ id, text, scope }))),
      find: async (text, scope, limit) => {
        const filter = (hit: { readonly scope: string }): boolean => isWithin(hit.scope, scope);
        return index
          .search(text, { filter })
          .slice(0, limit)
          .map(({ id }) => id);
      },
    };
  },
  async () => {
    const { InMemoryStore: Store } = await load<{ readonly InMemoryStore: new () => InMemoryStore }>(
      "@langchain/langgraph-checkpoint",
    );
    const store = new Store();
    return {
      name: "LangGraph's InMemoryStore, without an index of embeddings",
      async add(records) {
        for (const { id, text, scope } of records) await store.put(scope.split("/"), id, { text });
      },
      find: async (text, scope, limit) =>
        (await store.search(scope.split("/"), { query: text, limit })).map(({ key }) => key),
    };
  },
];

function isWithin(scope: string, outer: string): boolean {
  return scope === outer || scope.startsWith(`${outer}/`);
}

/** Makes the peers that are installed, each empty. */
async function makePeers(out: Report): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const make of makers) {
    try {
      peers.push(await make());
    } catch {
      out.note("A peer is not installed; `npm ci --prefix bench` brings it.");
    }
  }
  return peers;
}

/** Answers labelled sets with the peers, each set in a store of its own. */
export async function askPeers(out: Report, set: string, sets: readonly LabelledSet[]): Promise<void> {
  const outcomes = new Map<string, ReturnType<typeof outcomeOf>[]>();
  for (const { records, questions } of sets)
    for (const peer of await makePeers(out)) {
      await peer.add(records);
      const answered = outcomes.get(peer.name) ?? [];
      for (const question of questions)
        answered.push(outcomeOf(question, await peer.find(question.text, question.scope, 25)));
      outcomes.set(peer.name, answered);
    }
  for (const [peer, answered] of outcomes)
    out.row({ part: "quality", set, peer, group: "all", ...summarise(answered) });
}

/** How fast the peers are with so many of the same records in one scope. One that cannot hold as many says why. */
export async function measurePeers(out: Report, records: number): Promise<void> {
  for (const peer of await makePeers(out)) {
    const row = { part: "speed", peer: peer.name, records };
    try {
      out.row({ ...row, ...(await speedOf(peer, records)) });
    } catch (error) {
      out.row({ ...row, failed: String(error) });
    }
  }
}

async function speedOf(peer: Peer, records: number): Promise<{ readonly [figure: string]: number }> {
  const corpus = makeCorpus(1);
  const before = process.memoryUsage().heapUsed;
  let ms = 0;
  for (let held = 0; held < records; held += 100) {
    const batch = Array.from({ length: Math.min(100, records - held) }, () => corpus.next());
    const started = performance.now();
    await peer.add(batch);
    ms += performance.now() - started;
  }
  const times: number[] = [];
  for (let i = 0; i < 120; i++) {
    const text = corpus.question();
    const started = performance.now();
    await peer.find(text, "bench", 10);
    if (i >= 20) times.push(performance.now() - started);
  }
  return {
    records_per_s: Math.round(records / (ms / 1000)),
    memory_bytes_per_record: Math.round((process.memoryUsage().heapUsed - before) / records),
    recall_p50_ms: Number(quantile(times, 0.5).toFixed(2)),
    recall_p99_ms: Number(quantile(times, 0.99).toFixed(2)),
  };
}
