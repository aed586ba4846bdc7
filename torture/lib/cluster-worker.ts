// One worker of the cluster: writes to the ledger what it does outside, and what was acknowledged to it.
import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { createBrain } from "@brainops/core";
import { postgres } from "@brainops/memory-postgres";
import { bossDispatch } from "@brainops/memory-postgres/pg-boss";
import { clusterGraph } from "./cluster-graph.ts";
import { clusterKey } from "./cluster-key.ts";

const [ledger = "", connectionString = "", dispatch = ""] = process.argv.slice(2);
const account = (...words: readonly unknown[]): void =>
  appendFileSync(ledger, `${[Date.now(), process.pid, ...words].map((word) => JSON.stringify(word)).join("\t")}\n`);

const graph = clusterGraph(async (key) => {
  await delay(Math.random() * 300);
  account("do", key);
  await delay(Math.random() * 300);
});
const brain = await createBrain({
  store: postgres({ connectionString, key: clusterKey }),
  graphs: [graph],
  leaseMs: 3000,
  listeners: [
    (event) => {
      if (event.type !== "entry") return;
      const { entry, run } = event;
      account("entry", run, entry.position, entry.hash, entry.type === "run-taken" ? entry.owner : "");
      if (entry.type === "effect-completed")
        account("done", `${run}${entry.path}/${entry.node}#${entry.visit}/${entry.call}/${entry.name}`);
    },
  ],
});
const worker = brain.work({
  pollMs: 200,
  ...(dispatch === "store"
    ? {}
    : { dispatch: bossDispatch({ connectionString, store: brain.store, heartbeatSeconds: 10 }) }),
});
process.send?.("ready");
// Nobody is left to answer for it.
process.once("disconnect", () => process.exit(1));
process.once("SIGTERM", () => {
  void worker
    .stop()
    .then(() => brain.close())
    .then(() => process.exit(0));
});
