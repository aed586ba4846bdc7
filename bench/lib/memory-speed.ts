import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Store } from "@brainops/core";
import { recall } from "@brainops/core/recall";
import { sqlite } from "@brainops/memory-sqlite";
import { makeCorpus, type Corpus } from "./corpus.ts";
import type { Report } from "./report.ts";
import { quantile } from "./stats.ts";

const batchSize = 100;
const questions = 400;
const openings = 25;
const flushes = 200;

/** What is measured. */
export interface SpeedOptions {
  readonly records: number;
  readonly scopes: number;
  readonly synchronous: "full" | "normal";
  /** A file that is kept, with its key beside it; one that an earlier run has filled need not be filled again. */
  readonly file: string | undefined;
}

/** How fast a sealed store of so many records is, at 1 %, 10 % and all of them on the way. */
export async function measureSpeed(out: Report, options: SpeedOptions): Promise<void> {
  const { records, scopes, synchronous } = options;
  const folder = mkdtempSync(join(tmpdir(), "brainops-bench-"));
  const file = options.file ?? join(folder, "brain.db");
  const notice = (message: string): void => out.note(message);
  const opener = sqlite({ file, synchronous, notice, ...(options.file === undefined ? { key: randomBytes(32) } : {}) });
  const corpus = makeCorpus(1, scopes);
  const isFilled = existsSync(file);
  let store = await opener.open();
  try {
    let held = isFilled ? Object.values((await store.stats()).records).reduce((sum, each) => sum + each, 0) : 0;
    for (let i = 0; i < held; i++) corpus.next();
    for (const stage of new Set([records / 100, records / 10, records].map(Math.floor))) {
      if (stage < 1000 || stage < held) continue;
      const growth = stage === held ? {} : await grow(store, corpus, held, stage);
      held = stage;
      const warm = await timeRecalls(store, corpus);
      await store.close();
      const fileBytes = statSync(file).size;
      const opening: number[] = [];
      const cold: number[] = [];
      for (let round = 0; round < openings; round++) {
        const started = performance.now();
        store = await opener.open();
        opening.push(performance.now() - started);
        cold.push(await timeRecall(store, corpus));
        if (round < openings - 1) await store.close();
      }
      out.row({
        part: "speed",
        records: stage,
        scopes,
        synchronous,
        ...growth,
        ...timeFlushes(folder),
        bytes_per_record: Math.round(fileBytes / stage),
        ...warm,
        recall_first_p50_ms: round(quantile(cold, 0.5)),
        recall_first_max_ms: round(Math.max(...cold)),
        open_p50_ms: round(quantile(opening, 0.5)),
        open_max_ms: round(Math.max(...opening)),
      });
    }
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** How long this disk takes, at this time, to keep what a batch writes: what no commit can be faster than. */
function timeFlushes(folder: string): Record<string, number> {
  const file = join(folder, "flush.bin");
  const bytes = Buffer.alloc(batchSize * 960, 1);
  const handle = openSync(file, "w");
  const times: number[] = [];
  try {
    // Twice over the same place, as a log is written over: what makes a file grow takes longer.
    for (let i = 0; i < 2 * flushes; i++) {
      writeSync(handle, bytes, 0, bytes.length, (i % flushes) * bytes.length);
      const started = performance.now();
      fdatasyncSync(handle);
      if (i >= flushes) times.push(performance.now() - started);
    }
  } finally {
    closeSync(handle);
    rmSync(file);
  }
  return {
    disk_flush_p50_ms: round(quantile(times, 0.5)),
    disk_flush_p99_ms: round(quantile(times, 0.99)),
    disk_flush_max_ms: round(Math.max(...times)),
  };
}

/** Adds records in batches, with one commit of a single record after every tenth batch. */
async function grow(store: Store, corpus: Corpus, from: number, to: number): Promise<Record<string, number>> {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const singles: number[] = [];
  const batches: number[] = [];
  let batched = 0;
  let cpu = 0;
  loop.enable();
  for (let held = from; held < to;) {
    const single = singles.length < Math.floor(batches.length / 10);
    const size = Math.min(single ? 1 : batchSize, to - held);
    const writes = Array.from({ length: size }, () => ({ type: "record", record: corpus.next() }) as const);
    await new Promise((resolve) => setImmediate(resolve));
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    await store.commit({ id: `grow-${held}`, writes });
    const took = performance.now() - started;
    const used = process.cpuUsage(cpuBefore);
    held += size;
    if (single) singles.push(took);
    else {
      batches.push(took);
      batched += size;
      cpu += used.user + used.system;
    }
  }
  loop.disable();
  return {
    records_per_s: Math.round(batched / (batches.reduce((sum, ms) => sum + ms, 0) / 1000)),
    cpu_us_per_record: round(cpu / Math.max(1, batched)),
    batch_p99_ms: round(quantile(batches, 0.99)),
    single_p50_ms: round(quantile(singles, 0.5)),
    single_p99_ms: round(quantile(singles, 0.99)),
    longest_commit_ms: round(Math.max(...batches, ...singles)),
    longest_block_growing_ms: round(loop.max / 1e6),
  };
}

async function timeRecalls(store: Store, corpus: Corpus): Promise<Record<string, number>> {
  for (let i = 0; i < 50; i++) await timeRecall(store, corpus);
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const times: number[] = [];
  const cpuBefore = process.cpuUsage();
  for (let i = 0; i < questions; i++) times.push(await timeRecall(store, corpus));
  const used = process.cpuUsage(cpuBefore);
  loop.disable();
  return {
    recall_p50_ms: round(quantile(times, 0.5)),
    recall_p99_ms: round(quantile(times, 0.99)),
    recall_cpu_ms: round((used.user + used.system) / 1000 / questions),
    longest_block_recalling_ms: round(loop.max / 1e6),
  };
}

async function timeRecall(store: Store, corpus: Corpus): Promise<number> {
  const [text, scope] = [corpus.question(), corpus.scope()];
  await new Promise((resolve) => setImmediate(resolve));
  const started = performance.now();
  await recall(store, scope, { text });
  return performance.now() - started;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
