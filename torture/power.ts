// Power loss. Needs strace. Traces that every acknowledgement comes after an fdatasync, then tears the log.
import { spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createBrain, verifyChain } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import { randomFrom } from "../examples/reference/src/torture/kill-run.ts";
import type { ScenarioOptions } from "../scripts/door.ts";

const key = new Uint8Array(32).fill(7);
const worker = join(import.meta.dirname, "lib", "power-worker.ts");
const command = [process.execPath, "--conditions=@brainops/source", "--disable-warning=ExperimentalWarning", worker];

/** What the kernel was asked for, in order: syncs of the database's files, and acknowledgements told on stdout. */
async function trace(folder: string): Promise<string[]> {
  const output = join(folder, "trace");
  const traced = ["-f", "-y", "-e", "trace=fdatasync,fsync,write,pwrite64", "-s", "32", "-o", output, ...command];
  const child = spawn("strace", [...traced, folder], { stdio: ["ignore", "ignore", "inherit"] });
  await new Promise<void>((resolve, reject) => {
    child.once("error", () => reject(new Error("strace could not be started. Install it to see the order of syncs.")));
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`The traced process ended with ${code}.`)),
    );
  });
  return readFileSync(output, "utf8").split("\n");
}

/** Acknowledgements that were told while something written to the log had not been synced yet. */
function early(lines: readonly string[]): { acknowledged: number; early: number } {
  let unsynced = false;
  let acknowledged = 0;
  let wrong = 0;
  for (const line of lines) {
    if (/pwrite64\([^)]*brain\.db-wal/.test(line)) unsynced = true;
    else if (/f(data)?sync\([^)]*brain\.db-wal/.test(line)) unsynced = false;
    else if (/write\(1[<,][^"]*"durable /.test(line)) {
      acknowledged++;
      if (unsynced) wrong++;
    }
  }
  return { acknowledged, early: wrong };
}

interface Moment {
  /** How many entries were acknowledged. */
  readonly entries: number;
  /** How long the log was then: all of this was synced. */
  readonly log: number;
}

/** Runs a process that tells what is durable, and kills it; gives the moments at which it told so. */
async function live(folder: string, lifetime: number): Promise<Moment[]> {
  const child = spawn(command[0] ?? "", [...command.slice(1), folder], { stdio: ["ignore", "pipe", "inherit"] });
  const moments: Moment[] = [];
  let timer: NodeJS.Timeout | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    // Counted from the first entry, since starting takes long on a busy machine.
    timer ??= setTimeout(() => child.kill("SIGKILL"), lifetime);
    const [, entries = "0", log = "0"] = line.split(" ");
    moments.push({ entries: Number(entries), log: Number(log) });
  }
  clearTimeout(timer);
  return moments;
}

/** What a power cut may leave: all that was synced, and of what came after it a part, or rubbish. */
function tear(from: string, to: string, moment: Moment, random: () => number): void {
  copyFileSync(join(from, "brain.db"), join(to, "brain.db"));
  const log = join(to, "brain.db-wal");
  copyFileSync(join(from, "brain.db-wal"), log);
  const { size } = statSync(log);
  const kept = moment.log + Math.floor(random() * Math.max(0, size - moment.log + 1));
  if (random() < 0.5) truncateSync(log, kept);
  else {
    const bytes = readFileSync(log);
    for (let at = kept; at < size; at++) bytes[at] = Math.floor(random() * 256);
    writeFileSync(log, bytes);
  }
}

async function entriesOf(folder: string): Promise<number> {
  const brain = await createBrain({ store: sqlite({ file: join(folder, "brain.db"), key }) });
  const journal = await brain.journal("r");
  verifyChain(journal);
  await brain.close();
  return journal.length;
}

/** Its options. */
export const help: string = `  --cuts N  torn logs to recover (default 200)
  --seed N  the same tears again`;

export async function run({ json, args }: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { cuts: { type: "string" }, seed: { type: "string" } } });
  const cuts = Number(values.cuts ?? 200);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const random = randomFrom(seed);
  const root = mkdtempSync(join(tmpdir(), "brainops-power-"));
  const say = (row: object): void => console.log(json ? JSON.stringify(row) : Object.entries(row).flat().join(" "));
  let problems = 0;
  try {
    const traced = early(await trace(mkdtempSync(join(root, "traced-"))));
    problems += traced.early + (traced.acknowledged < 100 ? 1 : 0);
    say({ torture: "power", seed, ...traced });
    for (let cut = 0; cut < cuts;) {
      const folder = mkdtempSync(join(root, "lived-"));
      const moments = await live(folder, random() * 120);
      if (!existsSync(join(folder, "brain.db-wal"))) continue;
      for (let time = 0; time < 10 && cut < cuts; time++, cut++) {
        const moment = moments[Math.floor(random() * moments.length)];
        if (moment === undefined) break;
        const torn = mkdtempSync(join(root, "torn-"));
        tear(folder, torn, moment, random);
        const found = await entriesOf(torn);
        if (found < moment.entries) problems++;
        if (found < moment.entries) say({ cut, acknowledged: moment.entries, found });
        rmSync(torn, { recursive: true });
      }
      rmSync(folder, { recursive: true });
      say({ cuts: cut, problems });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  say({ cuts, problems });
  process.exitCode = problems === 0 ? 0 : 1;
}
