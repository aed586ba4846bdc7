// Has the server of a cluster fail, and a standby take its place.
import { parseArgs } from "node:util";
import { randomFrom } from "../examples/reference/src/torture/kill-run.ts";
import type { ScenarioOptions } from "../scripts/door.ts";
import { runCluster, type ClusterResult } from "./lib/cluster-run.ts";

/** Its options. */
export const help: string = `  --runs N      runs to finish, once for each kind of replication (default 60)
  --workers N   processes at work (default 3)
  --dispatch D  store or pg-boss (default pg-boss)
  --seed N      the same again`;

export async function run({ json, args }: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: "string", default: "60" },
      workers: { type: "string", default: "3" },
      dispatch: { type: "string", default: "pg-boss" },
      seed: { type: "string" },
    },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const runs = Number(values.runs);
  const results: { [replication: string]: ClusterResult } = {};
  for (const replication of ["synchronous", "asynchronous"] as const) {
    const result = await runCluster({
      runs,
      workers: Number(values.workers),
      kills: 1,
      pauses: 0,
      restarts: 0,
      cuts: 0,
      failovers: 1,
      dispatch: values.dispatch,
      patienceMs: 120_000 + runs * 1000,
      random: randomFrom(seed),
      replication,
    });
    results[replication] = result;
    const said = { torture: "failover", seed, dispatch: values.dispatch, replication, ...result };
    if (json) continue;
    for (const [name, value] of Object.entries(said))
      console.log(`${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
    console.log();
  }
  if (json) console.log(JSON.stringify({ torture: "failover", seed, dispatch: values.dispatch, ...results }));
  process.exitCode = Object.values(results).every(({ problems }) => problems.length === 0) ? 0 : 1;
}
