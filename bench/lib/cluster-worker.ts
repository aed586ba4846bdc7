// One worker of the cluster that is measured: its store, how it is dispatched, and the key come as arguments.
import { createBrain } from "@brainops/core";
import { postgres } from "@brainops/memory-postgres";
import { bossDispatch } from "@brainops/memory-postgres/pg-boss";
import { effectChain } from "./runner-graphs.ts";

const [connectionString = "", schema = "", dispatch = "", key = "", steps = ""] = process.argv.slice(2);
const brain = await createBrain({
  store: postgres({ connectionString, schema, key }),
  graphs: [effectChain(Number(steps), "idempotent")],
});
const boss = (): { dispatch: ReturnType<typeof bossDispatch> } => ({
  dispatch: bossDispatch({ connectionString, store: brain.store, schema: `${schema}_queue` }),
});
brain.work({ concurrency: 16, ...(dispatch === "pg-boss" ? boss() : {}) });
process.send?.("ready");
process.once("disconnect", () => process.exit(0));
