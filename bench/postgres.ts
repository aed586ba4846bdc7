// The store on PostgreSQL: recall and batches over many sealed records, and the runner beside the raw database write.
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createBrain, type Brain, type Graph, type Store } from "@brainops/core";
import { recall } from "@brainops/core/recall";
import { postgres } from "@brainops/memory-postgres";
import pg from "pg";
import type { ScenarioOptions } from "../scripts/door.ts";
import { makeCorpus, type Corpus } from "./lib/corpus.ts";
import { startPostgres } from "../scripts/postgres-server.ts";
import { report, type Report } from "./lib/report.ts";
import { appendingLoop, chain, effectChain } from "./lib/runner-graphs.ts";
import { median, quantile } from "./lib/stats.ts";

/** Its options, and what is measured. */
export const help: string = `  --records N  how many sealed records recall is measured over (default 100000)
  --scopes N   spreads them over so many scopes (default 1)
  --rounds N   how often each column of the runner is measured; the median counts (default 3)
  --kept       with DATABASE_URL: goes on with the records that an earlier call has left there, and leaves its own

The server is one of its own (or DATABASE_URL's), with fsync and synchronous_commit on. The floor is one prepared,
autocommitted INSERT of 300 bytes, on one connection, into a table with an identity column: for a step one of them
(floor_ratio), and as many as one would make who waits for each (commits_ratio: the effect's outcome and the step's).
Each column warms up for a second; then floor and runner take turns, a second each.
Growing takes until nothing more is being packed (of which pending_s is what came after the last batch); questions are asked
in any of the scopes.`;

/** Runs the scenario. */
export async function run(options: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...options.args],
    options: {
      records: { type: "string", default: "100000" },
      scopes: { type: "string", default: "1" },
      rounds: { type: "string", default: "3" },
      kept: { type: "boolean", default: false },
      only: { type: "string", default: "" },
    },
  });
  const out = report("postgres", options);
  const server = await startPostgres({
    durable: true,
    settings: { shared_buffers: "512MB", max_wal_size: "4GB" },
  });
  try {
    if (values.only !== "memory") await measureRunner(out, server.url, Math.max(1, Number(values.rounds)));
    if (values.only !== "runner") {
      const { records, scopes, kept } = values;
      await measureMemory(out, server.url, { records: Number(records), scopes: Number(scopes), kept });
    }
  } finally {
    await server.stop();
  }
}

/** A pool that counts the statements that are sent through it. */
function countingPool(url: string): { readonly pool: pg.Pool; readonly count: () => number } {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  let statements = 0;
  pool.on("connect", (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    Object.assign(client, {
      query: (...args: unknown[]) => {
        statements++;
        return query(...args);
      },
    });
  });
  return { pool, count: () => statements };
}

interface Column {
  readonly name: string;
  /** Commits for each step of one who waits for each. */
  readonly commits: number;
  readonly graph: Graph;
  readonly steps: number;
  /** So many runs are under way at a time. */
  readonly atOnce: number;
}

const columns: readonly Column[] = [
  { name: "10-step chain", commits: 1, graph: chain(10), steps: 10, atOnce: 1 },
  { name: "200 chains at once", commits: 1, graph: chain(10), steps: 10, atOnce: 200 },
  { name: "1,000-step loop, 200 B appended", commits: 1, graph: appendingLoop(1000), steps: 1000, atOnce: 1 },
  {
    name: "10-step chain, one idempotent effect a step",
    commits: 2,
    graph: effectChain(10, "idempotent"),
    steps: 10,
    atOnce: 1,
  },
];

/** So long each column warms up, and so long each round of it and of its floor takes, in milliseconds. */
const roundTime = 1000;

async function measureRunner(out: Report, url: string, rounds: number): Promise<void> {
  const raw = new pg.Client({ connectionString: url });
  await raw.connect();
  await raw.query(
    "create table floor (seq bigint generated always as identity primary key, run text, pos int, body text)",
  );
  const { pool, count } = countingPool(url);
  const brain = await createBrain({ store: postgres({ pool, key: randomBytes(32), schema: "runner" }) });
  for (const column of columns) {
    await stepRate(brain, column);
    const [rates, floors, ratios]: [number[], number[], number[]] = [[], [], []];
    let perStep = 0;
    for (let round = 0; round < rounds; round++) {
      const floor = await floorRate(raw);
      const before = count();
      const { rate, steps } = await stepRate(brain, column);
      perStep = (count() - before) / steps;
      rates.push(rate);
      floors.push(floor);
      ratios.push(rate / floor);
    }
    out.row({
      scenario: column.name,
      rounds,
      steps_per_s: Math.round(median(rates)),
      floor_per_s: Math.round(median(floors)),
      floor_ratio: rounded(median(ratios), 3),
      commits_ratio: rounded(median(ratios) * column.commits, 3),
      statements_per_step: rounded(perStep, 2),
    });
  }
  await brain.close();
  await pool.end();
  await raw.end();
}

/** Runs a graph over and over, so many at a time, and says how many steps that were for each second. */
async function stepRate(brain: Brain, column: Column): Promise<{ readonly rate: number; readonly steps: number }> {
  const started = performance.now();
  let steps = 0;
  const caller = async (): Promise<void> => {
    while (performance.now() - started < roundTime) {
      await brain.run(column.graph, {});
      steps += column.steps;
    }
  };
  await Promise.all(Array.from({ length: column.atOnce }, caller));
  return { rate: steps / ((performance.now() - started) / 1000), steps };
}

async function floorRate(client: pg.Client): Promise<number> {
  const body = JSON.stringify({ text: "x".repeat(288) });
  const started = performance.now();
  let commits = 0;
  while (performance.now() - started < roundTime) {
    await client.query({
      name: "floor",
      text: "insert into floor (run, pos, body) values ($1, $2, $3)",
      values: ["run", commits, body],
    });
    commits++;
  }
  return commits / ((performance.now() - started) / 1000);
}

const batchSize = 500;
const questions = 400;

interface Filling {
  readonly records: number;
  readonly scopes: number;
  /** Whether what is there already is gone on with. */
  readonly kept: boolean;
}

async function measureMemory(out: Report, url: string, { records, scopes, kept }: Filling): Promise<void> {
  const key = kept ? "the key of what is kept" : randomBytes(32);
  const opener = postgres({ connectionString: url, key, schema: `memory_${scopes}` });
  const corpus = makeCorpus(1, scopes);
  const server = new pg.Client({ connectionString: url });
  await server.connect();
  let store = await opener.open();
  let held = (await store.stats()).records.experience;
  for (let i = 0; i < held; i++) corpus.next();
  for (const stage of new Set([records / 10, records].map(Math.floor))) {
    if (stage < held) continue;
    const growth = await grow(store, corpus, held, stage, () => settled(server, `memory_${scopes}`));
    held = stage;
    const { bytes } = await store.stats();
    for (let i = 0; i < 50; i++) await timeRecall(store, corpus);
    const times: number[] = [];
    for (let i = 0; i < questions; i++) times.push(await timeRecall(store, corpus));
    await store.close();
    store = await opener.open();
    const first = await timeRecall(store, corpus);
    out.row({
      scenario: "sealed records",
      records: stage,
      scopes,
      ...growth,
      bytes_per_record: Math.round(bytes / stage),
      recall_p50_ms: rounded(quantile(times, 0.5), 2),
      recall_p99_ms: rounded(quantile(times, 0.99), 2),
      recall_first_ms: rounded(first, 1),
    });
  }
  await store.close();
  await server.end();
}

/** So long nothing must have been packed, in milliseconds, for nothing to be left to do. */
const quiet = 500;

/** Waits until nothing more is being packed; gives the time since when nothing has been. */
async function settled(server: pg.Client, schema: string): Promise<number> {
  let [left, since] = [-1, performance.now()];
  while (performance.now() - since < quiet) {
    const { rows } = await server.query<{ left: number }>(`select count(*)::integer as left from ${schema}.recent`);
    if (rows[0]?.left !== left) [left, since] = [rows[0]?.left ?? 0, performance.now()];
    await setTimeout(20);
  }
  return since;
}

/** Adds records in batches, two under way at a time, as two callers would. What is left to pack then counts too. */
async function grow(
  store: Store,
  corpus: Corpus,
  from: number,
  to: number,
  settle: () => Promise<number>,
): Promise<Record<string, number>> {
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  const batches: number[] = [];
  let held = from;
  const caller = async (): Promise<void> => {
    while (held < to) {
      const [at, size] = [held, Math.min(batchSize, to - held)];
      held += size;
      const writes = Array.from({ length: size }, () => ({ type: "record", record: corpus.next() }) as const);
      const begun = performance.now();
      await store.commit({ id: `grow-${at}`, writes });
      batches.push(performance.now() - begun);
    }
  };
  await Promise.all([caller(), caller()]);
  const written = performance.now();
  const ended = await settle();
  const used = process.cpuUsage(cpuBefore);
  return {
    records_per_s: Math.round((to - from) / ((ended - started) / 1000)),
    pending_s: rounded(Math.max(0, ended - written) / 1000, 1),
    cpu_us_per_record: rounded((used.user + used.system) / (to - from), 1),
    batch_p99_ms: rounded(quantile(batches, 0.99), 1),
  };
}

async function timeRecall(store: Store, corpus: Corpus): Promise<number> {
  const [text, scope] = [corpus.question(), corpus.scope()];
  const started = performance.now();
  await recall(store, scope, { text });
  return performance.now() - started;
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
