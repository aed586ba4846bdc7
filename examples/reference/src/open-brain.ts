import { existsSync, rmSync } from "node:fs";
import { BrainOpsError, createBrain, type Brain, type BrainOptions } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import type { Output } from "./cli/output.ts";
import type { Home } from "./home.ts";

/** Opens the Brain of a home, which must exist. What is said aloud (a new key) goes to the output. */
export function openBrain(home: Home, output: Output, more: Omit<BrainOptions, "store"> = {}): Promise<Brain> {
  return createBrain({ ...more, store: sqlite({ file: home.file, notice: output.notice }) });
}

/** Opens the Brain of a home to look at it, does so, and closes it. A home that is not there is not made. */
export async function withBrain<T>(home: Home, output: Output, use: (brain: Brain) => Promise<T>): Promise<T> {
  requireHome(home);
  return useBrain(home, output, use);
}

/** The same with a home that is made where there is none. When nothing is remembered then, nothing of it is left. */
export async function withNewBrain<T>(home: Home, output: Output, use: (brain: Brain) => Promise<T>): Promise<T> {
  if (home.exists()) return useBrain(home, output, use);
  const isNew = !existsSync(home.folder);
  let isEmpty = true;
  try {
    home.make();
    return await useBrain(home, output, async (brain) => {
      try {
        return await use(brain);
      } finally {
        isEmpty = (await brain.store.scopes()).length === 0;
      }
    });
  } finally {
    if (isEmpty && isNew) rmSync(home.folder, { recursive: true, force: true });
  }
}

async function useBrain<T>(home: Home, output: Output, use: (brain: Brain) => Promise<T>): Promise<T> {
  const brain = await openBrain(home, output);
  try {
    return await use(brain);
  } finally {
    await brain.close();
  }
}

/** Throws `not_found` when nothing has been remembered in a home yet. */
function requireHome(home: Home): void {
  if (home.exists()) return;
  throw new BrainOpsError(
    "not_found",
    `There is no memory in ${home.folder}. Begin one with 'npx brainops demo', or name its folder with --home.`,
  );
}

/** The run that is meant: its id, or the beginning of it when that is clear. Throws `not_found`. */
export async function findRun(brain: Brain, given: string): Promise<string> {
  const runs = await brain.runs();
  const exact = runs.find((run) => run.id === given);
  const near = exact === undefined ? runs.filter((run) => run.id.startsWith(given)) : [exact];
  const [only] = near;
  if (only !== undefined && near.length === 1) return only.id;
  const why = near.length > 1 ? `${near.length} runs begin with '${given}'` : `There is no run '${given}'`;
  throw new BrainOpsError("not_found", `${why}. 'npx brainops runs' lists them.`, { details: { run: given } });
}
