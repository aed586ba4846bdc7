// Kills, pauses and cuts off workers on PostgreSQL.
import { parseArgs } from "node:util";
import { randomFrom } from "../examples/reference/src/torture/kill-run.ts";
import type { ScenarioOptions } from "../scripts/door.ts";
import { runCluster } from "./lib/cluster-run.ts";

/** Its options. */
export const help: string = `  --runs N      runs to finish (default 200)
  --strikes N   kills, pauses, cuts and restarts together (default 24)
  --workers N   processes at work (default 4)
  --dispatch D  store or pg-boss (default pg-boss)
  --lease MS    how long a worker is believed to live without a word (default 3000)
  --seed N      the same strikes again`;

export async function run({ json, args }: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: "string", default: "200" },
      strikes: { type: "string", default: "24" },
      workers: { type: "string", default: "4" },
      dispatch: { type: "string", default: "pg-boss" },
      lease: { type: "string", default: "3000" },
      seed: { type: "string" },
    },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const [runs, strikes] = [Number(values.runs), Number(values.strikes)];
  const result = await runCluster({
    runs,
    workers: Number(values.workers),
    kills: Math.ceil(strikes / 2),
    pauses: Math.floor(strikes / 6),
    restarts: Math.floor(strikes / 12),
    cuts: Math.floor(strikes / 4),
    dispatch: values.dispatch,
    leaseMs: Number(values.lease),
    patienceMs: 120_000 + runs * 1000,
    random: randomFrom(seed),
  });
  const said = { torture: "cluster", seed, dispatch: values.dispatch, ...result };
  console.log(
    json
      ? JSON.stringify(said)
      : Object.entries(said)
          .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
          .join("\n"),
  );
  process.exitCode = result.problems.length === 0 ? 0 : 1;
}
