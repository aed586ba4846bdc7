// One worker of the cluster: writes to the ledger what it does outside, and what was acknowledged to it.
import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { createBrain, isBrainOpsError } from "@brainops/core";
import { postgres } from "@brainops/memory-postgres";
import { bossDispatch } from "@brainops/memory-postgres/pg-boss";
import { clusterGraph } from "./cluster-graph.ts";
import { clusterKey } from "./cluster-key.ts";

const [ledger = "", connectionString = "", dispatch = "", leaseMs = "3000", effectMs = "300"] = process.argv.slice(2);
const account = (...words: readonly unknown[]): void =>
  appendFileSync(ledger, `${[Date.now(), process.pid, ...words].map((word) => JSON.stringify(word)).join("\t")}\n`);
/** The exit code of a worker whose store lacks what it had acknowledged. */
const rolledBack = 75;
const awhile = (): Promise<void> => delay(Math.random() * Number(effectMs));

const epochs = new Map<string, number>();
const graph = clusterGraph(async (run, key) => {
  const epoch = epochs.get(run);
  await awhile();
  account("do", key, epoch);
  await awhile();
});
const brain = await createBrain({
  store: postgres({ connectionString, key: clusterKey }),
  name: String(process.pid),
  graphs: [graph],
  leaseMs: Number(leaseMs),
  listeners: [
    (event) => {
      if (event.type !== "entry") return;
      const { entry, run } = event;
      if (entry.type === "run-taken") epochs.set(run, entry.epoch);
      account("entry", run, entry.position, entry.hash, entry.type, epochs.get(run));
      if (entry.type === "effect-completed" && entry.body?.result !== 1)
        account("done", entry.body?.result, epochs.get(run));
      if (entry.type === "waiting" && entry.for === "answer") account("asks", run);
    },
  ],
});
const worker = brain.work({
  pollMs: 200,
  ...(dispatch === "store" ? {} : { dispatch: bossDispatch({ connectionString, store: brain.store }) }),
});
// Asked how many runs it has in hand, so that a strike hits.
process.on("message", () => process.send?.(worker.running));
process.send?.("ready");
// What does not pass: another process goes on from what is there.
setInterval(() => isBrainOpsError(worker.trouble, "store_rolled_back") && process.exit(rolledBack), 100).unref();
// Nobody is left to answer for it.
process.once("disconnect", () => process.exit(1));
