import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Release } from "@brainops/nodes";
import type { Till } from "./till.ts";

/** Where a deployment happens. */
export interface Place {
  readonly dir: string;
  /** A port that somebody else listens on. */
  readonly taken: number;
}

/** One deployment in a process of its own; `null` when it killed itself. */
export function work({ dir, taken }: Place, id: string, commit: string, killAt?: string): Promise<Release | null> {
  const worker = join(import.meta.dirname, "deploy-worker.ts");
  const more = killAt === undefined ? [] : [killAt];
  const args = ["--conditions=@brainops/source", "--disable-warning=ExperimentalWarning", worker];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...args, dir, id, commit, String(taken), ...more], (error, stdout, stderr) => {
      if (error?.signal === "SIGKILL") return resolve(null);
      if (error !== null) return reject(new Error(stderr.slice(-2_000), { cause: error }));
      resolve(JSON.parse(stdout) as Release);
    });
  });
}

/** The release that answers, ten times over. */
export async function serving(till: Till): Promise<string> {
  const seen = new Set<string>();
  for (let i = 0; i < 10; i++) {
    const answer = await fetch(`${await till.service.url()}/health`, { headers: { connection: "close" } });
    seen.add(((await answer.json()) as { release: string }).release);
  }
  return [...seen].join(" and ");
}

/** Whether exactly one process of the service is left. */
export async function alone({ home }: Till): Promise<boolean> {
  await delay(20);
  return readdirSync(join(home, "run")).filter((file) => file.endsWith(".pid")).length === 1;
}
