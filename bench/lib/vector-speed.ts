import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Store, Write } from "@brainops/core";
import { cosineSimilarity, recall } from "@brainops/core/recall";
import { sqlite } from "@brainops/memory-sqlite";
import { makeCorpus } from "./corpus.ts";
import { pseudoEmbedder } from "./pseudo-embedder.ts";
import type { Report } from "./report.ts";
import { quantile } from "./stats.ts";

const dimensions = 384;
const questions = 400;
const compared = 100;
const batchSize = 200;

/** How fast recall by words and vectors together is at so many records, and how many of the nearest it finds. */
export async function measureVectors(out: Report, records: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "brainops-bench-"));
  const file = join(folder, "brain.db");
  const opener = sqlite({ file, key: randomBytes(32), synchronous: "normal" });
  const corpus = makeCorpus(1);
  const embedder = pseudoEmbedder(dimensions);
  const space = `pseudo/${dimensions}`;
  const vectors = new Map<string, Float32Array>();
  let store = await opener.open();
  const timed = async (): Promise<number> => {
    const text = corpus.question();
    await new Promise((resolve) => setImmediate(resolve));
    const started = performance.now();
    await recall(store, "bench", { text }, { embedder });
    return performance.now() - started;
  };
  try {
    const started = performance.now();
    for (let held = 0; held < records; held += batchSize)
      await addBatch(store, held, Math.min(batchSize, records - held));
    const filled = performance.now() - started;
    await store.close();
    const opening = performance.now();
    store = await opener.open();
    const opened = performance.now() - opening;
    const first = await timed();
    for (let i = 0; i < 50; i++) await timed();
    const loop = monitorEventLoopDelay({ resolution: 1 });
    const cpuBefore = process.cpuUsage();
    const times: number[] = [];
    loop.enable();
    for (let i = 0; i < questions; i++) times.push(await timed());
    loop.disable();
    const used = process.cpuUsage(cpuBefore);
    out.row({
      part: "vectors",
      records,
      dimensions,
      embedder: "pseudo: a random direction for each word",
      records_per_s: Math.round(records / (filled / 1000)),
      bytes_per_record: Math.round(statSync(file).size / records),
      hybrid_p50_ms: round(quantile(times, 0.5)),
      hybrid_p99_ms: round(quantile(times, 0.99)),
      hybrid_cpu_ms: round((used.user + used.system) / 1000 / questions),
      longest_block_ms: round(loop.max / 1e6),
      open_ms: round(opened),
      first_recall_ms: round(first),
      nearest_10_found: round(await found(store)),
    });
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }

  async function addBatch(to: Store, held: number, size: number): Promise<void> {
    const made = Array.from({ length: size }, () => corpus.next());
    const embedded = await embedder.embed(made.map(({ text }) => text));
    const writes = made.flatMap((record, i): Write[] => {
      const vector = embedded[i] ?? new Float32Array(dimensions);
      vectors.set(record.id, vector);
      return [
        { type: "record", record },
        { type: "vector", id: record.id, version: 1, space, vector },
      ];
    });
    await to.commit({ id: `vectors-${held}`, writes });
  }

  /** The share of the ten nearest, by comparing with all, that the store finds. */
  async function found(of: Store): Promise<number> {
    let hits = 0;
    for (let i = 0; i < compared; i++) {
      const [vector = new Float32Array(dimensions)] = await embedder.embed([corpus.question()]);
      const exact = [...vectors]
        .map(([id, other]) => ({ id, similarity: cosineSimilarity(vector, other) }))
        .toSorted((a, b) => b.similarity - a.similarity)
        .slice(0, 10);
      const { nearest } = await of.near(vector, space, { scope: "bench" }, 10);
      const least = exact.at(-1)?.similarity ?? 0;
      // One as near as the tenth is as good as the tenth.
      hits += nearest.filter(({ similarity }) => similarity >= least).length;
    }
    return hits / (compared * 10);
  }
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
