import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { importJournal, type Entry } from "@brainops/core";
import { git } from "../sample/git.ts";
import { start, type Ended } from "../test-support/brainops.ts";
import { say } from "../test-support/in-process.ts";
import { settle, type Account, type LedgerLine } from "./ledger.ts";

const plugin = fileURLToPath(new URL("ledger-plugin.ts", import.meta.url));
const id = "torture";

/** One demo that is killed again and again until it is through. */
export interface Tortured {
  /** Kills that hit a living process. */
  readonly kills: number;
  readonly journal: readonly Entry[];
  readonly account: Account;
  /** What is wrong, in words; empty when all is as in a run that nobody disturbed. */
  readonly problems: readonly string[];
  /** Milliseconds it took. */
  readonly ms: number;
}

/** How a demo is tortured. */
export interface TortureOptions {
  /** A folder of its own; made when missing. */
  readonly folder: string;
  /** How often it is killed. */
  readonly kills: number;
  /** Milliseconds that each process may live before it is killed, drawn anew each time. */
  readonly lifetime: () => number;
  /** Which bug is planted. */
  readonly seed?: number;
}

/** Runs a demo, kills its process at random moments, resumes it each time, and looks at what came of it. */
export async function torture({ folder, kills, lifetime, seed = 1 }: TortureOptions): Promise<Tortured> {
  const started = performance.now();
  await mkdir(folder, { recursive: true });
  const ledger = join(folder, "ledger.jsonl");
  const options = { cwd: folder, env: { BRAINOPS_LEDGER: ledger } };
  const begin = ["demo", "--scripted", "--id", id, "--seed", String(seed), "--plugin", plugin];
  const goOn = ["resume", id, "--plugin", plugin];

  let killed = 0;
  let args = begin;
  let last: Ended;
  for (;;) {
    const { child, ended } = start(args, options);
    if (killed < kills) {
      const timer = new AbortController();
      const kill = delay(lifetime(), undefined, { signal: timer.signal }).then(
        () => child.kill("SIGKILL"),
        () => false,
      );
      last = await ended;
      timer.abort();
      await kill;
    } else last = await ended;
    if (last.signal === "SIGKILL") {
      killed += 1;
      // Killed before the run was begun, there is nothing to resume: then it is begun again, under the same id.
      args = goOn;
    } else if (args === goOn && last.code === 2) args = begin;
    else break;
  }

  const problems: string[] = [];
  if (last.code !== 0)
    problems.push(`it ended with ${last.code ?? last.signal}: ${last.stderr}${last.stdout.slice(-2_000)}`);
  // Looked at in this process: the run has ended, and starting programs is what takes the time here.
  const exported = await say(["export", id], { cwd: folder });
  const journal = exported.code === 0 ? importJournal(exported.stdout) : [];
  const account = settle(linesOf(ledger), journal);
  const replayed = await say(["replay", id, "--json"], { cwd: folder });
  if (replayed.code !== 0) problems.push(`its journal does not replay: ${replayed.stdout}`);
  problems.push(...account.problems, ...(await lookAround(folder)));
  return { kills: killed, journal, account, problems, ms: performance.now() - started };
}

function linesOf(file: string): readonly LedgerLine[] {
  const text = readFileSync(file, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LedgerLine);
}

/** What there should be once in the world: one commit, one release, and nothing that still runs. */
async function lookAround(folder: string): Promise<readonly string[]> {
  const demo = join(folder, ".brainops", "demo", id);
  const commits = await git(join(demo, "stockroom"), "rev-list", "--count", `main..brainops/${id}`);
  const releases = readdirSync(join(demo, "work", "releases")).filter((name) => !name.startsWith("."));
  const running = processesIn(folder);
  return [
    ...(commits === "1" ? [] : [`there are ${commits} commits on the branch, not 1`]),
    ...(releases.length === 1 ? [] : [`there are ${releases.length} releases, not 1`]),
    ...(running.length === 0 ? [] : [`processes are still running: ${running.join(", ")}`]),
  ];
}

/** Processes whose folder lies in a folder, where the system tells. */
function processesIn(folder: string): readonly string[] {
  let pids: readonly string[];
  try {
    pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  return pids.filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

/** How often each effect that may change the outside was finished, by node and name. */
export function finishedEffects(journal: readonly Entry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const entry of journal) {
    if (entry.type !== "effect-completed" || entry.class === "pure") continue;
    const key = `${entry.node} ${entry.name}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Numbers from 0 up to 1 that a seed draws (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
