// Kills real processes in the middle of runs: [--kills N] [--seed N]. No finished effect may be repeated, nothing durable lost.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { canonical, createBrain, type Entry } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import { randomFrom } from "../examples/reference/src/torture/kill-run.ts";
import type { ScenarioOptions } from "../scripts/door.ts";
import { tortureGraph } from "./lib/runner-graph.ts";

/** Runs one process; kills it after so long, unless it has ended by then. Resolves to whether it was killed. */
function oneLife(folder: string, lifetime: number | undefined): Promise<boolean> {
  const worker = join(import.meta.dirname, "lib", "runner-worker.ts");
  const child = spawn(
    process.execPath,
    ["--conditions=@brainops/source", "--disable-warning=ExperimentalWarning", worker, folder],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  return new Promise((resolve, reject) => {
    const timer = lifetime === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), lifetime);
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      if (code !== 0 && signal !== "SIGKILL") reject(new Error(`A process ended with ${String(code ?? signal)}.`));
      else resolve(signal === "SIGKILL");
    });
  });
}

/** What is wrong after a run, drawn up from what its processes wrote down. */
async function problems(folder: string, expected: string): Promise<string[]> {
  const found: string[] = [];
  const done = new Set<string>();
  const durable = new Map<number, string>();
  const lines = readFileSync(join(folder, "account"), "utf8").trim().split("\n");
  for (const line of lines) {
    const [what = "", first = "", second = ""] = line.split(" ");
    const effect = line.slice(what.length + 1);
    if (what === "done") done.add(effect);
    else if (what === "do" && done.has(effect)) found.push(`repeated: ${effect}`);
    else if (what === "durable") durable.set(Number(first), second);
  }
  if (!(lines.at(-1) ?? "").endsWith("completed equal")) found.push(`ended so: ${lines.at(-1)}`);
  const brain = await createBrain({
    store: sqlite({ file: join(folder, "brain.db"), key: new Uint8Array(32).fill(7) }),
    graphs: [tortureGraph(() => {})],
  });
  const journal = await brain.journal("r");
  for (const [position, hash] of durable) if (journal[position]?.hash !== hash) found.push(`lost: entry ${position}`);
  if (finalState(journal) !== expected) found.push(`another state: ${finalState(journal)}`);
  const memories = await brain.store.find({ scope: "main" });
  if (memories.length !== 4) found.push(`${memories.length} memories instead of 4`);
  await brain.close();
  return found;
}

function finalState(journal: readonly Entry[]): string {
  const last = journal.at(-1);
  // A person who says that it was done says it in other words than the effect would have.
  return last?.type === "run-completed" && last.body !== undefined
    ? canonical(last.body.state).replaceAll(/"[a-z0-9. ]+ irreversible"/g, '"in doubt"')
    : "none";
}

export async function run({ json, args }: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { kills: { type: "string" }, seed: { type: "string" } } });
  const wanted = Number(values.kills ?? 500);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const random = randomFrom(seed);
  const root = mkdtempSync(join(tmpdir(), "brainops-torture-"));
  const say = (row: object): void => console.log(json ? JSON.stringify(row) : Object.entries(row).flat().join(" "));
  let kills = 0;
  let bad = 0;
  try {
    const whole = mkdtempSync(join(root, "whole-"));
    await oneLife(whole, undefined);
    const expected = await stateOf(whole);
    say({ torture: "runner", seed, kills: wanted });
    for (let index = 0; kills < wanted; index++) {
      const folder = mkdtempSync(join(root, `${index}-`));
      let lives = 1;
      // Reaches from before the first commit to after the last.
      while (kills < wanted && (await oneLife(folder, 250 + random() * 700))) {
        kills++;
        lives++;
      }
      if (kills >= wanted) await oneLife(folder, undefined);
      const wrong = await problems(folder, expected);
      bad += wrong.length;
      say({ run: index, lives, kills, problems: wrong.length === 0 ? "none" : wrong.join("; ") });
      rmSync(folder, { recursive: true });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  say({ kills, problems: bad });
  process.exitCode = bad === 0 ? 0 : 1;
}

async function stateOf(folder: string): Promise<string> {
  const brain = await createBrain({
    store: sqlite({ file: join(folder, "brain.db"), key: new Uint8Array(32).fill(7) }),
    graphs: [],
  });
  const state = finalState(await brain.journal("r"));
  await brain.close();
  return state;
}
