// Runs thousands of generated graphs with crashes, lost acknowledgements and delays. All must end alike.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ScenarioOptions } from "../scripts/door.ts";

/** Its options. */
export const help: string = `  --seeds N  graphs to generate (default 10000)`;

export async function run({ json, args }: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { seeds: { type: "string" } } });
  const seeds = Number(values.seeds ?? 10_000);
  const root = join(import.meta.dirname, "..");
  const test = "packages/core/src/run/simulation.test.ts";
  const started = performance.now();
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [join(root, "node_modules/vitest/vitest.mjs"), "run", test, "--testTimeout", String(seeds * 1000)],
      { cwd: root, env: { ...process.env, BRAINOPS_SEEDS: String(seeds) }, stdio: ["ignore", json ? 2 : 1, 2] },
    );
    child.once("error", reject);
    child.once("exit", resolve);
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  const row = { torture: "simulate", seeds, seconds, equal: code === 0 };
  console.log(json ? JSON.stringify(row) : `${seeds} seeds in ${seconds} s: ${code === 0 ? "all equal" : "see above"}`);
  process.exitCode = code === 0 ? 0 : 1;
}
