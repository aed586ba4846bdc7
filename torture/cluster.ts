// Kills, pauses and cuts off workers on PostgreSQL: [--runs N] [--kills N] [--workers 4] [--dispatch store] [--seed N].
import { parseArgs } from "node:util";
import { randomFrom } from "../examples/reference/src/torture/kill-run.ts";
import type { ScenarioOptions } from "../scripts/door.ts";
import { runCluster } from "./lib/cluster-run.ts";

export async function run({ json, args }: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: "string", default: "50" },
      kills: { type: "string", default: "10" },
      workers: { type: "string", default: "4" },
      dispatch: { type: "string", default: "pg-boss" },
      seed: { type: "string" },
    },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const [runs, kills] = [Number(values.runs), Number(values.kills)];
  const result = await runCluster({
    runs,
    kills,
    workers: Number(values.workers),
    pauses: Math.ceil(kills / 4),
    restarts: Math.ceil(kills / 8),
    cuts: Math.ceil(kills / 2),
    dispatch: values.dispatch,
    patienceMs: 120_000 + runs * 1000,
    random: randomFrom(seed),
  });
  const said = { torture: "cluster", seed, dispatch: values.dispatch, ...result };
  console.log(
    json
      ? JSON.stringify(said)
      : Object.entries(said)
          .map(([name, value]) => `${name}: ${String(value)}`)
          .join("\n"),
  );
  process.exitCode = result.problems.length === 0 ? 0 : 1;
}
