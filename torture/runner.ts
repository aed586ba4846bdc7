// Kills real processes in the middle of runs. No finished effect may be repeated, nothing durable lost.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomFrom } from "../examples/reference/src/torture/kill-run.ts";
import type { ScenarioOptions } from "../scripts/door.ts";
import { doubtsOf, linesOf, problems, read, type Held, type Seen } from "./lib/runner-account.ts";

interface Life {
  readonly killed: boolean;
  /** Milliseconds from when it began to work until it ended. */
  readonly ms: number;
}

/** How long a process may live: milliseconds from when it has begun to work, or lines that it writes down. */
type Lifetime = { readonly ms: number } | { readonly lines: number };

/**
 * Runs one process, and kills it after its lifetime, unless it has ended by then. By the clock, a kill falls anywhere; by
 * lines, right behind an acknowledgement or something done outside, where what is not durable yet must not be told.
 */
function oneLife(folder: string, lifetime: Lifetime = { ms: Infinity }): Promise<Life> {
  const worker = join(import.meta.dirname, "lib", "runner-worker.ts");
  const child = spawn(
    process.execPath,
    [
      "--conditions=@brainops/source",
      "--disable-warning=ExperimentalWarning",
      worker,
      folder,
      ...("lines" in lifetime ? [`${lifetime.lines}`] : []),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let begun = performance.now();
    child.stdout.once("data", () => {
      begun = performance.now();
      if ("ms" in lifetime && lifetime.ms < Infinity) timer = setTimeout(() => child.kill("SIGKILL"), lifetime.ms);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      if (code !== 0 && signal !== "SIGKILL") reject(new Error(`A process ended with ${String(code ?? signal)}.`));
      else resolve({ killed: signal === "SIGKILL", ms: performance.now() - begun });
    });
  });
}

interface Tortured {
  readonly kills: number;
  /** Effects of which it was in doubt whether they were done. */
  readonly doubts: number;
  readonly wrong: readonly string[];
}

/** One run, whose processes are killed until one comes to the end, or it was killed often enough. */
async function torture(
  folder: string,
  most: number,
  whole: Held,
  lifetime: (kills: number) => Lifetime,
  look: () => boolean,
): Promise<Tortured> {
  const seen: Seen[] = [];
  let kills = 0;
  while (kills < most && (await oneLife(folder, lifetime(kills))).killed) {
    kills++;
    // Not always: the file is also to be opened first by the one that goes on with it.
    if (look()) seen.push({ journal: (await read(folder)).journal, lines: linesOf(folder).length });
  }
  if (kills >= most) await oneLife(folder);
  const held = await read(folder);
  return { kills, doubts: doubtsOf(linesOf(folder)), wrong: problems(linesOf(folder), seen, held, whole) };
}

/** Its options. */
export const help: string = `  --kills N  kill -9 in all (default 500)
  --seed N   the same moments again`;

export async function run({ json, args }: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { kills: { type: "string" }, seed: { type: "string" } } });
  const wanted = Number(values.kills ?? 500);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const random = randomFrom(seed);
  const root = mkdtempSync(join(tmpdir(), "brainops-torture-"));
  const say = (row: object): void => console.log(json ? JSON.stringify(row) : Object.entries(row).flat().join(" "));
  let [kills, doubts, bad] = [0, 0, 0];
  try {
    const undisturbed = mkdtempSync(join(root, "whole-"));
    const { ms } = await oneLife(undisturbed);
    const whole = await read(undisturbed);
    say({ torture: "runner", seed, kills: wanted, entries: whole.journal.length, ms: Math.round(ms) });
    // Some processes get far, most die early: every stretch of the run is hit, those that are under way once more, too.
    // A run that is killed very often lives longer each time, so that it also ends on a busy machine.
    const lines = linesOf(undisturbed).length;
    const lifetime = (before: number): Lifetime => {
      const share = random() ** 2 * (1 + before / 8);
      return random() < 0.5 ? { ms: share * ms } : { lines: 1 + Math.floor(share * lines) };
    };
    for (let index = 0; kills < wanted; index++) {
      const folder = mkdtempSync(join(root, `${index}-`));
      const done = await torture(folder, wanted - kills, whole, lifetime, () => random() < 0.5);
      kills += done.kills;
      doubts += done.doubts;
      bad += done.wrong.length;
      say({ run: index, kills, problems: done.wrong.length === 0 ? "none" : done.wrong.join("; ") });
      rmSync(folder, { recursive: true });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  say({ kills, doubts, problems: bad });
  process.exitCode = bad === 0 ? 0 : 1;
}
