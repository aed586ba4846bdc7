import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createBrain, type Brain, type Entry } from "@brainops/core";
import { postgres } from "@brainops/memory-postgres";
import { historyProblems, readLedger, repeats, takeovers, type Blow } from "./cluster-check.ts";
import { clusterGraph } from "./cluster-graph.ts";
import { clusterKey } from "./cluster-key.ts";
import { startClusterServer } from "./cluster-server.ts";

/** How the cluster is tortured. */
export interface ClusterOptions {
  readonly runs: number;
  readonly workers: number;
  readonly kills: number;
  readonly pauses: number;
  readonly restarts: number;
  readonly cuts: number;
  readonly dispatch: string;
  /** Milliseconds until it must have come to an end. */
  readonly patienceMs: number;
  readonly random: () => number;
}

/** What came of it. */
export interface ClusterResult {
  readonly runs: number;
  readonly finished: number;
  readonly seconds: number;
  readonly kills: number;
  readonly pauses: number;
  readonly restarts: number;
  readonly cuts: number;
  readonly entries: number;
  readonly doubts: number;
  /** Calls of a paused worker that reached the outside late. */
  readonly late: number;
  readonly takeovers: number;
  readonly takeoverMedianMs: number | null;
  readonly takeoverMostMs: number | null;
  readonly problems: readonly string[];
}

const workerFile = join(import.meta.dirname, "cluster-worker.ts");
const flags = ["--conditions=@brainops/source", "--disable-warning=ExperimentalWarning"];

/** Runs a cluster of worker processes, strikes at it, and says what was wrong afterwards. */
export async function runCluster(options: ClusterOptions): Promise<ClusterResult> {
  const { random } = options;
  const folder = mkdtempSync(join(tmpdir(), "brainops-ledger-"));
  const ledger = join(folder, "ledger");
  writeFileSync(ledger, "");
  const server = await startClusterServer();
  const problems: string[] = [];
  const blows: Blow[] = [];
  const workers: ChildProcess[] = [];
  /** Those that have begun to work: to kill one that has not would show nothing. */
  const ready = new Set<ChildProcess>();
  let stopping = false;

  function startWorker(place: number): void {
    const child = spawn(process.execPath, [...flags, workerFile, ledger, server.cutUrl, options.dispatch], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    workers[place] = child;
    child.once("message", () => ready.add(child));
    child.once("exit", (code, signal) => {
      ready.delete(child);
      if (stopping) return;
      if (signal !== "SIGKILL") problems.push(`a worker ended with ${String(code ?? signal)}`);
      startWorker(place);
    });
  }

  async function pause(): Promise<void> {
    const { pid, child } = await pick();
    child.kill("SIGSTOP");
    const at = Date.now();
    await delay(4500 + random() * 2000);
    child.kill("SIGCONT");
    blows.push({ at, pid, until: Date.now() });
  }

  async function pick(): Promise<{ readonly child: ChildProcess; readonly pid: number }> {
    while (ready.size === 0) await delay(50);
    const child = [...ready][Math.floor(random() * ready.size)];
    if (child?.pid === undefined) throw new Error("There is no worker to strike at.");
    return { child, pid: child.pid };
  }

  const strike = {
    async kills() {
      const { child, pid } = await pick();
      blows.push({ at: Date.now(), pid });
      child.kill("SIGKILL");
    },
    pauses: pause,
    restarts: () => server.restart(),
    async cuts() {
      server.cut();
    },
  };

  async function strikes(): Promise<void> {
    const kinds = ["kills", "pauses", "restarts", "cuts"] as const;
    const all = kinds.flatMap((kind) => Array.from({ length: options[kind] }, () => ({ kind, order: random() })));
    for (const { kind } of all.toSorted((a, b) => a.order - b.order)) {
      await delay(300 + random() * 700);
      await strike[kind]();
    }
  }

  const brain = await createBrain({
    store: postgres({ connectionString: server.url, key: clusterKey }),
    graphs: [clusterGraph(() => Promise.resolve())],
  });
  const ids = Array.from({ length: options.runs }, (_, i) => `r${i}`);
  const journals = new Map<string, readonly Entry[]>();
  let doubts = 0;
  const begun = Date.now();
  try {
    for (let place = 0; place < options.workers; place++) startWorker(place);
    while (ready.size < options.workers) await delay(50);
    const strokes = options.kills + options.pauses * 6 + options.restarts + options.cuts;
    const feeding = feed(brain, ids, (strokes * 900) / ids.length);
    const striking = strikes();
    const answered = new Set<string>();
    while (journals.size < ids.length && Date.now() - begun < options.patienceMs) {
      await delay(500);
      for (const id of ids) {
        if (journals.has(id)) continue;
        const journal = await brain.journal(id).catch(() => []);
        const last = journal.at(-1)?.type;
        if (last === "run-completed" || last === "run-failed" || last === "run-aborted") journals.set(id, journal);
        else doubts += await settle(brain, id, journal, ledger, answered);
      }
    }
    await Promise.all([feeding, striking]);
    // A paused worker that has just come back is given the time to do what it would.
    await delay(1500);
    for (const id of ids) if (!journals.has(id)) problems.push(`${id}: not finished`);
    for (const id of ids) journals.set(id, await brain.journal(id));
  } finally {
    stopping = true;
    for (const worker of workers) worker.kill("SIGKILL");
    await brain.close();
    await server.stop();
  }
  const seconds = (Date.now() - begun) / 1000;
  const lines = readLedger(readFileSync(ledger, "utf8"));
  rmSync(folder, { recursive: true });
  const entries = Map.groupBy(
    lines.filter(({ what }) => what === "entry"),
    ({ words }) => String(words[0]),
  );
  const owners = lines.filter(({ what, words }) => what === "entry" && words[3] !== "");
  for (const [id, journal] of journals) problems.push(...historyProblems(id, journal, entries.get(id) ?? [], owners));
  const { repeated, late } = repeats(lines, blows);
  problems.push(...repeated.map((key) => `done again: ${key}`));
  const times = takeovers([...journals.values()], lines, blows);
  return {
    runs: ids.length,
    finished: [...journals.values()].filter((journal) => journal.at(-1)?.type === "run-completed").length,
    seconds: Math.round(seconds * 10) / 10,
    kills: options.kills,
    pauses: options.pauses,
    restarts: options.restarts,
    cuts: options.cuts,
    entries: [...journals.values()].reduce((sum, { length }) => sum + length, 0),
    doubts,
    late: late.length,
    takeovers: times.length,
    takeoverMedianMs: times[Math.floor(times.length / 2)] ?? null,
    takeoverMostMs: times.at(-1) ?? null,
    problems,
  };
}

/** Tries until the server is there again. */
async function surely(act: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await act();
      return;
    } catch (error) {
      if (tries === 50) throw error;
      await delay(200);
    }
  }
}

/** Submits runs one by one, so that there is work as long as there are strikes. */
async function feed(brain: Brain, ids: readonly string[], everyMs: number): Promise<void> {
  for (const id of ids) {
    await delay(everyMs);
    await surely(() => brain.submit("cluster", {}, { id }));
    await surely(() => brain.signal(id, "go"));
  }
}

/** Answers what a run asks about an effect in doubt: the ledger knows whether it was done. */
async function settle(
  brain: Brain,
  id: string,
  journal: readonly Entry[],
  ledger: string,
  answered: Set<string>,
): Promise<number> {
  const woken = new Set(journal.flatMap((entry) => (entry.type === "woken" ? [entry.wait] : [])));
  let count = 0;
  for (const entry of journal) {
    if (entry.type !== "waiting" || entry.for !== "answer" || woken.has(entry.wait)) continue;
    if (answered.has(`${id} ${entry.wait}`)) continue;
    const key = (entry.body?.data as { readonly key?: string } | undefined)?.key ?? "";
    const done = readLedger(readFileSync(ledger, "utf8")).some(({ what, words }) => what === "do" && words[0] === key);
    const given = await brain.answer(id, entry.wait, done ? { done: 1 } : "not done").then(
      () => true,
      () => false,
    );
    if (given) {
      answered.add(`${id} ${entry.wait}`);
      count++;
    }
  }
  return count;
}
