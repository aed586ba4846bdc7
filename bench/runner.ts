// The runner, every step durable and sealed, beside the raw database write and, with --peers, other frameworks.
import { rmSync } from "node:fs";
import { parseArgs } from "node:util";
import type { ScenarioOptions } from "../scripts/door.ts";
import { report, type Report } from "./lib/report.ts";
import { scenarios, type RunnerScenario, type Synchronous } from "./lib/runner/scenarios.ts";
import { buildChildren, child, dead, type Measured } from "./lib/runner/start.ts";
import { median } from "./lib/stats.ts";

/** Its options, and what is measured. */
export const help: string = `  --rounds N     how often runner and floor are measured; the median counts (default 3); peers have one turn
  --peers        LangGraph.js (SqliteSaver), Mastra (libSQL) and DBOS (PostgreSQL) too: first npm ci --prefix bench
  --only TEXT    only scenarios whose name has this in it
  --synchronous  only this; default both

Everything runs in a process of its own, with the built packages; contenders take turns. A floor is one prepared,
autocommitted INSERT of 300 bytes on node:sqlite for each commit; floor_ratio is the rate beside that of the floor
(cold start and resume: milliseconds more than the floor's).`;

/** The frameworks to compare with, by how their commits are durable: Mastra and DBOS leave no choice. */
const peers = { full: ["langgraph", "dbos"], normal: ["langgraph", "mastra"] };
const allPeers: readonly string[] = [...peers.full, ...peers.normal];

/** Runs the scenario. */
export async function run(options: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...options.args],
    options: {
      rounds: { type: "string", default: "3" },
      peers: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      synchronous: { type: "string" },
    },
  });
  const out = report("runner", options);
  const rounds = Math.max(1, Number(values.rounds) || 1);
  await buildChildren();
  out.note(`Each figure is the median of ${rounds} rounds.`);
  for (const synchronous of ["full", "normal"] as const) {
    if (values.synchronous !== undefined && values.synchronous !== synchronous) continue;
    for (const scenario of scenarios.filter(({ name }) => name.includes(values.only)))
      await throughput(out, scenario, synchronous, rounds, values.peers);
  }
  for (const what of ["cold", "resume"] as const) {
    if (what.includes(values.only)) await startingTimes(out, what, rounds, values.peers);
  }
}

/**
 * Contenders take turns, so that what else the machine does hits them alike. Peers, which take minutes, have one turn.
 * One that fails is left out.
 */
async function inTurns(
  out: Report,
  names: readonly string[],
  rounds: number,
  measure: (name: string) => Promise<Measured>,
): Promise<ReadonlyMap<string, readonly Measured[]>> {
  const found = new Map<string, Measured[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measured] of found) {
      if (round > 0 && allPeers.includes(name)) continue;
      try {
        measured.push(await measure(name));
      } catch (error) {
        found.delete(name);
        out.note(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return found;
}

const middle = (measured: readonly Measured[], key: keyof Measured): number =>
  median(measured.map((each) => each[key] ?? Number.NaN));

async function throughput(
  out: Report,
  scenario: RunnerScenario,
  synchronous: Synchronous,
  rounds: number,
  withPeers: boolean,
): Promise<void> {
  const names = ["floor", "brainops", ...(withPeers && scenario.peers ? peers[synchronous] : [])];
  const found = await inTurns(out, names, rounds, (name) => child(name, scenario.name, synchronous));
  const floor = found.get("floor");
  for (const [peer, measured] of found) {
    if (measured.length === 0) continue;
    const rate = middle(measured, "steps_per_s");
    const cpu = middle(measured, "cpu_us_per_step");
    const bytes = middle(measured, "bytes_per_step");
    out.row({
      scenario: scenario.name,
      peer,
      synchronous,
      rounds: measured.length,
      steps_per_s: Math.round(rate),
      floor_ratio: floor === undefined ? null : rounded(rate / middle(floor, "steps_per_s"), 3),
      floor_commits_per_step: scenario.commits,
      cpu_us_per_step: rounded(cpu, 1),
      floor_cpu_ratio: floor === undefined ? null : rounded(middle(floor, "cpu_us_per_step") / cpu, 3),
      bytes_per_step: Math.round(bytes),
      bytes_ratio: floor === undefined ? null : rounded(bytes / middle(floor, "bytes_per_step"), 2),
      peak_rss_mb: Math.round(middle(measured, "rss_mb")),
    });
  }
}

/** Times from the start of a process to its first answer, or to the first step of a run that it goes on with. */
async function startingTimes(out: Report, what: "cold" | "resume", rounds: number, withPeers: boolean): Promise<void> {
  // Only LangGraph has a way to go on with what a killed process left that is measured here.
  const able = withPeers ? (what === "cold" ? ["langgraph", "mastra", "dbos"] : ["langgraph"]) : [];
  const left = new Map<string, string>();
  try {
    const names = ["floor", "brainops", ...able];
    if (what === "resume") for (const name of names) left.set(name, await dead(name));
    const found = await inTurns(out, names, Math.max(5, rounds), (name) =>
      child(name, what, name === "mastra" ? "normal" : "full", left.get(name)),
    );
    const floor = found.get("floor");
    for (const [peer, measured] of found) {
      if (measured.length === 0) continue;
      const ms = middle(measured, "ms");
      out.row({
        scenario: what === "cold" ? "cold start" : "resume at step 901",
        peer,
        rounds: measured.length,
        ms: rounded(ms, 0),
        ms_over_floor: floor === undefined ? null : rounded(ms - middle(floor, "ms"), 0),
      });
    }
  } finally {
    for (const folder of left.values()) rmSync(folder, { recursive: true, force: true });
  }
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
