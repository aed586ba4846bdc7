// The runner, every step durable and sealed, beside the raw database write of the same machine and run.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { createBrain, type Brain, type Graph } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import type { ScenarioOptions } from "../scripts/door.ts";
import { report } from "./lib/report.ts";
import { median } from "./lib/stats.ts";
import { appendingLoop, chain, effectChain, fanOut, rewritingLoop } from "./lib/runner-graphs.ts";

type Synchronous = "full" | "normal";

interface Column {
  readonly name: string;
  /** Runs the work once; resolves to the number of steps. */
  readonly work: (brain: Brain) => Promise<number>;
  /** Commits that the floor makes for each step. */
  readonly commits: number;
}

const columns: readonly Column[] = [
  column("10-step chain", chain(10), 10, 40),
  column("1 to 32 to join", fanOut(32), 34, 10),
  { name: "200 chains at once", commits: 1, work: (brain) => together(brain, chain(10), 10, 200) },
  column("1,000-step loop, 2 KB rewritten", rewritingLoop(1000), 1000, 1),
  column("1,000-step loop, 200 B appended", appendingLoop(1000), 1000, 1),
  column("10-step chain, one idempotent effect a step", effectChain(10, "idempotent"), 10, 20, 2),
  column("10-step chain, one irreversible effect a step", effectChain(10, "irreversible"), 10, 20, 3),
];

function column(name: string, graph: Graph, steps: number, times: number, commits = 1): Column {
  return {
    name,
    commits,
    async work(brain) {
      for (let round = 0; round < times; round++) await brain.run(graph, {});
      return steps * times;
    },
  };
}

async function together(brain: Brain, graph: Graph, steps: number, runs: number): Promise<number> {
  await Promise.all(Array.from({ length: runs }, () => brain.run(graph, {})));
  return steps * runs;
}

/** What the database alone takes: one autocommitted, prepared INSERT of a 300-byte body for each commit. */
function floor(folder: string, synchronous: Synchronous, commits: number): number {
  const db = new DatabaseSync(join(folder, `floor-${process.hrtime.bigint()}.db`));
  db.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}`);
  db.exec("create table j (seq integer primary key, run text, pos integer, body text)");
  const insert = db.prepare("insert into j (run, pos, body) values (?, ?, ?)");
  const body = JSON.stringify({ text: "x".repeat(288) });
  const started = performance.now();
  for (let position = 0; position < commits; position++) insert.run("run", position, body);
  const seconds = (performance.now() - started) / 1000;
  db.close();
  return commits / seconds;
}

/** Runs the scenario. */
export async function run(options: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({ args: [...options.args], options: { rounds: { type: "string", default: "5" } } });
  const out = report("runner", options);
  const rounds = Number(values.rounds);
  out.note(`Each figure is the median of ${rounds} rounds; floor and runner take turns.`);
  for (const synchronous of ["full", "normal"] as const) {
    for (const { name, work, commits } of columns) {
      const folder = mkdtempSync(join(tmpdir(), "brainops-bench-"));
      const file = join(folder, "brain.db");
      const brain = await createBrain({ store: sqlite({ file, key: randomBytes(32), synchronous }) });
      await work(brain);
      const ratios: number[] = [];
      const rates: number[] = [];
      let steps = 0;
      for (let round = 0; round < rounds; round++) {
        const raw = floor(folder, synchronous, synchronous === "full" ? 1500 : 10_000) / commits;
        const started = performance.now();
        steps = await work(brain);
        const rate = steps / ((performance.now() - started) / 1000);
        rates.push(rate);
        ratios.push(rate / raw);
      }
      await brain.close();
      out.row({
        scenario: name,
        synchronous,
        steps_per_s: Math.round(median(rates)),
        floor_ratio: Number(median(ratios).toFixed(3)),
        floor_commits_per_step: commits,
        bytes_per_step: Math.round(statSync(file).size / (steps * (rounds + 1))),
      });
      rmSync(folder, { recursive: true });
    }
  }
}
