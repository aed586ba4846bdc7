import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBrain, isBrainOpsError, verifyChain, type Brain, type Entry } from "@brainops/core";
import { postgres } from "@brainops/memory-postgres";
import { operationsOf, readLedger, repeats, takeovers } from "./cluster-check.ts";
import { makeFeeder } from "./cluster-feed.ts";
import { clusterGraph } from "./cluster-graph.ts";
import { historyFaults } from "./cluster-history.ts";
import { clusterKey } from "./cluster-key.ts";
import { startClusterServer, startReplicated, type Replication } from "./cluster-server.ts";
import { startWorkers, type Strikes } from "./cluster-strikes.ts";

/** How the cluster is tortured. */
export interface ClusterOptions extends Strikes {
  readonly runs: number;
  readonly workers: number;
  readonly dispatch: string;
  /** After how long without a word a worker counts as dead. Default 3,000. */
  readonly leaseMs?: number;
  /** How long an effect takes on average: milliseconds. Default 300. */
  readonly effectMs?: number;
  /** Milliseconds until it must have come to an end. */
  readonly patienceMs: number;
  /** Whether there is a standby, and how it is kept. */
  readonly replication?: Replication;
  readonly random: () => number;
}

/** What came of it. */
export interface ClusterResult {
  readonly runs: number;
  readonly finished: number;
  readonly seconds: number;
  /** Strikes that hit: the worker had unfinished runs in hand. Cuts and restarts hit all workers. */
  readonly hits: Strikes;
  readonly entries: number;
  /** Operations whose history was checked: claims, appends and finishes that were acknowledged to workers. */
  readonly operations: number;
  readonly claims: number;
  /** Effects in doubt that the ledger answered for. */
  readonly doubts: number;
  /** Effects begun again, because nobody knew whether they were done. */
  readonly again: number;
  /** Calls of a worker that had lost its run meanwhile, which reached the outside late. */
  readonly late: number;
  readonly takeovers: number;
  readonly takeoverMedianMs: number | null;
  readonly takeoverMostMs: number | null;
  /** Workers that ended because the store lacked what it had acknowledged to them. */
  readonly rolledBack: number;
  /** Entries that were acknowledged, and were lost with the server: none unless replication is asynchronous. */
  readonly lostEntries: number;
  /** Finished effects that were done again because what told so was lost. */
  readonly lostEffects: number;
  readonly problems: readonly string[];
}

/** Runs a cluster of worker processes, strikes at it, and says what was wrong afterwards. */
export async function runCluster(options: ClusterOptions): Promise<ClusterResult> {
  const { random, leaseMs = 3000, effectMs = 300 } = options;
  const folder = mkdtempSync(join(tmpdir(), "brainops-ledger-"));
  const ledger = join(folder, "ledger");
  writeFileSync(ledger, "");
  const server = await (options.replication === undefined
    ? startClusterServer()
    : startReplicated(options.replication));
  const problems: string[] = [];
  const mayLose = options.replication === "asynchronous";
  let [rolledBack, lostEntries] = [0, 0];
  const store = postgres({ connectionString: server.url, key: clusterKey, busyTimeout: 30_000 });
  const ids = Array.from({ length: options.runs }, (_, i) => `r${i}`);
  const journals = new Map<string, readonly Entry[]>();
  const openBrain = (): Promise<Brain> => createBrain({ store, graphs: [clusterGraph(() => Promise.resolve())] });
  const feeder = await makeFeeder(openBrain, ledger);
  const begun = Date.now();
  let seconds = 0;
  const workers = await startWorkers({
    count: options.workers,
    args: [ledger, server.cutUrl, options.dispatch, String(leaseMs), String(effectMs)],
    server,
    leaseMs,
    random,
    onDeath(what) {
      if (mayLose && what === "75") rolledBack++;
      else problems.push(`a worker ended with ${what}`);
    },
  });
  try {
    const late = (): boolean => Date.now() - begun > options.patienceMs;
    let fed = false;
    const feeding = feeder.feed(ids, options.workers * 6, late).finally(() => (fed = true));
    await Promise.all([feeding, workers.strike(options, () => !fed)]);
    seconds = (Date.now() - begun) / 1000;
    for (const id of ids) journals.set(id, await feeder.brain.journal(id));
  } finally {
    workers.stop();
    await feeder.brain.close();
    await server.stop();
  }
  const lines = readLedger(readFileSync(ledger, "utf8"));
  rmSync(folder, { recursive: true });
  const operations = operationsOf(lines);
  for (const [id, journal] of journals) {
    problems.push(...journalFaults(id, journal));
    const all = operations.get(id) ?? [];
    // What was acknowledged and is not there belongs to a history that is gone.
    const kept = mayLose ? all.filter(({ position, hash }) => journal[position]?.hash === hash) : all;
    lostEntries += all.length - kept.length;
    problems.push(...historyFaults(id, kept, journal));
  }
  const effects = repeats(lines);
  if (!mayLose) problems.push(...effects.repeated.map((key) => `done again: ${key}`));
  problems.push(...effects.without.map((key) => `said to be done, and was not: ${key}`));
  const times = takeovers(journals.values(), workers.blows);
  const all = [...operations.values()].flat();
  return {
    runs: ids.length,
    finished: [...journals.values()].filter((journal) => journal.at(-1)?.type === "run-completed").length,
    seconds: Math.round(seconds * 10) / 10,
    hits: workers.hits,
    entries: [...journals.values()].reduce((sum, { length }) => sum + length, 0),
    operations: all.length,
    claims: all.filter(({ kind }) => kind === "claim").length,
    doubts: feeder.doubts,
    again: effects.again,
    late: effects.late.length,
    takeovers: times.length,
    takeoverMedianMs: times[Math.floor(times.length / 2)] ?? null,
    takeoverMostMs: times.at(-1) ?? null,
    rolledBack,
    lostEntries,
    lostEffects: mayLose ? effects.repeated.length : 0,
    problems,
  };
}

/** What is wrong with a journal by itself: broken chains, and an end that is none. */
function journalFaults(run: string, journal: readonly Entry[]): string[] {
  const found: string[] = [];
  try {
    verifyChain(journal);
  } catch (error) {
    if (!isBrainOpsError(error)) throw error;
    found.push(`${run}: ${error.message}`);
  }
  const last = journal.at(-1);
  if (last?.type !== "run-completed") found.push(`${run}: not finished: it stands at ${JSON.stringify(last)}`);
  return found;
}
