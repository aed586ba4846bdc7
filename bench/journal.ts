// A long journal: how much memory and time it takes to export it, to take it in, and to replay it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ScenarioOptions } from "../scripts/door.ts";
import { report } from "./lib/report.ts";

/** Its options. */
export const help: string = `  --mb N  megabytes of text that the exported journal has, about (default 70)`;

const steps = [
  "nothing",
  "fill",
  "export",
  "export sealed",
  "import",
  "import sealed",
  "replay run",
  "replay text",
] as const;

/** Each step has a process of its own, so that its peak is its own. */
export async function run(options: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({ args: [...options.args], options: { mb: { type: "string", default: "70" } } });
  const out = report("journal", options);
  const folder = mkdtempSync(join(tmpdir(), "brainops-bench-"));
  try {
    for (const step of steps) {
      const { rss_mb, ms } = await child(step, folder, values.mb);
      const file = join(folder, "run.jsonl");
      const text_mb = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      out.row({ step, peak_rss_mb: Math.round(rss_mb), ms: Math.round(ms), text_mb: Math.round(text_mb / 1e6) });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function child(step: string, folder: string, mb: string): Promise<{ rss_mb: number; ms: number }> {
  const file = join(import.meta.dirname, "lib/journal-worker.ts");
  const process_ = spawn(process.execPath, [...process.execArgv, file, step, folder, mb], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  process_.stdout.on("data", (data: Buffer) => (said += data.toString()));
  const code = await new Promise((resolve) => process_.once("exit", resolve));
  if (code !== 0) throw new Error(`'${step}' failed`);
  return JSON.parse(said) as { rss_mb: number; ms: number };
}
