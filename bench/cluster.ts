// Runs on PostgreSQL by 1, 2 and 4 worker processes: runs and steps a second, and transactions of the server for each step.
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createBrain, type Brain } from "@brainops/core";
import { postgres } from "@brainops/memory-postgres";
import { sqlite } from "@brainops/memory-sqlite";
import pg from "pg";
import type { ScenarioOptions } from "../scripts/door.ts";
import { startPostgres } from "../scripts/postgres-server.ts";
import { report, type Report } from "./lib/report.ts";
import { effectChain } from "./lib/runner-graphs.ts";
import { crowds, lookAmong } from "./lib/waiting.ts";

const steps = 10;
const graph = effectChain(steps, "idempotent");
const flags = ["--conditions=@brainops/source", "--disable-warning=ExperimentalWarning"];
/** Its options, and what is measured. */
export const help: string = `  --runs N  how many runs of ${steps} steps, one effect each, are submitted before the workers start (default 300)
  --waiting N  instead: what a look for work costs while N runs wait whom nobody here can go on with, of one scope, of many, asleep

Each transaction of the server is one statement of a worker: of the runs, of looking for work, and of leases. The server keeps
what it acknowledges (fsync and synchronous_commit on), and shares the machine with the workers.`;

/** Runs the scenario. */
export async function run(options: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...options.args],
    options: { runs: { type: "string", default: "300" }, waiting: { type: "string" } },
  });
  const out = report("cluster", options);
  if (values.waiting !== undefined) return looks(Number(values.waiting), out.row);
  const runs = Number(values.runs);
  const server = await startPostgres({ durable: true, settings: { shared_buffers: "512MB", max_connections: 200 } });
  try {
    for (const dispatch of ["store", "pg-boss"])
      for (const workers of [1, 2, 4])
        out.row({ dispatch, workers, runs, ...(await measure(server.url, dispatch, workers, runs)) });
  } finally {
    await server.stop();
  }
}

async function looks(waiting: number, row: Report["row"]): Promise<void> {
  const server = await startPostgres({ settings: { shared_buffers: "512MB" } });
  const folder = await mkdtemp(join(tmpdir(), "brainops-bench-"));
  const key = randomBytes(32).toString("hex");
  try {
    for (const [n, crowd] of crowds.entries())
      for (const opener of [
        sqlite({ file: join(folder, `${n}.db`), key }),
        postgres({ connectionString: server.url, schema: `looks_${n}`, key }),
      ]) {
        const store = await opener.open();
        row({
          store: store.name,
          waiting: crowd === "none" ? 0 : waiting,
          crowd,
          ...(await lookAmong(store, crowd, waiting)),
        });
        await store.close();
      }
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(url: string, dispatch: string, workers: number, runs: number): Promise<Record<string, number>> {
  const schema = `cluster_${dispatch.replace("-", "")}_${workers}`;
  const key = randomBytes(32).toString("hex");
  const open = (): Promise<Brain> =>
    createBrain({ store: postgres({ connectionString: url, schema, key }), graphs: [graph] });
  const submits = await open();
  for (let i = 0; i < runs; i += 50)
    await Promise.all(Array.from({ length: Math.min(50, runs - i) }, () => submits.submit(graph, {})));
  await submits.close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const before = await transactions(client);
  const brain = await open();
  const children: ChildProcess[] = [];
  let seconds = 0;
  try {
    const start = (): ChildProcess =>
      spawn(
        process.execPath,
        [...flags, join(import.meta.dirname, "lib/cluster-worker.ts"), url, schema, dispatch, key, String(steps)],
        { stdio: ["ignore", "ignore", "inherit", "ipc"] },
      );
    for (let i = 0; i < workers; i++) children.push(start());
    await Promise.race(children.map((child) => once(child, "message")));
    const started = performance.now();
    // An ended run has no wake: what is left says how far it is.
    while ((await brain.store.due(Number.MAX_SAFE_INTEGER, 1)).length > 0) await delay(100);
    seconds = (performance.now() - started) / 1000;
  } finally {
    for (const child of children) child.disconnect();
    await Promise.all(children.filter(({ exitCode }) => exitCode === null).map((child) => once(child, "exit")));
    await brain.close();
  }
  const spent = (await transactions(client)) - before;
  await client.end();
  return {
    seconds: Math.round(seconds * 100) / 100,
    runs_per_s: Math.round((runs / seconds) * 10) / 10,
    steps_per_s: Math.round((runs * steps) / seconds),
    transactions_per_step: Math.round((spent / (runs * steps)) * 100) / 100,
  };
}

/** How many transactions the server has ended. Its processes tell it now and then, and when they end. */
async function transactions(client: pg.Client): Promise<number> {
  await delay(1500);
  const { rows } = await client.query<{ count: string }>(
    "select xact_commit + xact_rollback as count from pg_stat_database where datname = current_database()",
  );
  return Number(rows[0]?.count);
}
