// Adapter and chain beside a raw fetch, failover times, and 100,000 calls at vendors that fail at random.
import { parseArgs } from "node:util";
import type { ScenarioOptions } from "../scripts/door.ts";
import { report } from "./lib/report.ts";
import { endurance } from "./lib/vendors/endurance.ts";
import { failover } from "./lib/vendors/failover.ts";
import { overhead } from "./lib/vendors/overhead.ts";
import { startVendors } from "./lib/vendors/start.ts";

/** Its options. */
export const help: string = `  --rounds N   calls by each way of asking (default 400)
  --calls N    calls at vendors that fail at random (default 100000)
  --only PART  overhead, failover or endurance (default: all)`;

/** Runs the scenario: `--rounds N`, `--calls N`, `--only overhead|failover|endurance`. */
export async function run(options: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...options.args],
    options: {
      rounds: { type: "string", default: "400" },
      calls: { type: "string", default: "100000" },
      only: { type: "string" },
    },
  });
  const out = report("providers", options);
  const wanted = (part: string): boolean => values.only === undefined || values.only === part;
  const server = await startVendors();
  try {
    if (wanted("overhead")) await overhead(out, server.url, Number(values.rounds));
    if (wanted("failover")) await failover(out, server.url, Math.min(50, Number(values.rounds)));
    if (wanted("endurance")) await endurance(out, server, Number(values.calls));
  } finally {
    await server.stop();
  }
}
