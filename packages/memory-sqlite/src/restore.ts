import { BrainOpsError } from "@brainops/core";
import type { Secret } from "@brainops/core/sealing";
import { existsSync, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { backup } from "./backup.ts";
import { check } from "./check.ts";

/** What {@link restore} copies, and where to. */
export interface RestoreOptions {
  /** The backup. */
  readonly from: string;
  /** Where the store goes; nothing may be there yet. */
  readonly to: string;
  /** The key that the backup was made with. */
  readonly key: Secret;
  /** Is told how much is done, from 0 to 1. */
  readonly progress?: (share: number) => void;
  /** Stops it, and nothing is left behind. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a store from a backup: copies it, checks every value of the copy, and only then gives it its name.
 *
 * Errors: `conflict` when something is at the target already, `store_corrupt` with the problems as details when the backup is
 * damaged, `wrong_key`, `not_found`, `not_a_store`, `store_full`, `aborted`. A restore that fails leaves nothing behind.
 *
 * @example
 * ```ts
 * import { restore } from "@brainops/memory-sqlite";
 * await restore({ from: "brain-monday.db", to: "brain.db", key: process.env["BRAINOPS_KEY"] ?? "" });
 * ```
 */
export async function restore({ from, to, key, progress, signal }: RestoreOptions): Promise<void> {
  const target = resolve(to);
  for (const file of [target, `${target}-wal`])
    if (existsSync(file))
      throw new BrainOpsError("conflict", `${file} exists already. Name another target; nothing was written over.`);
  const copy = `${target}.restoring`;
  rmSync(copy, { force: true });
  try {
    const stop = signal === undefined ? {} : { signal };
    await backup({ file: from, to: copy, ...stop, progress: (share) => progress?.(share / 2) });
    const { problems } = await check({ file: copy, key, ...stop, progress: (share) => progress?.(0.5 + share / 2) });
    if (problems.length > 0)
      throw new BrainOpsError(
        "store_corrupt",
        `The backup ${from} is damaged, so nothing was restored. Take another one. ${problems[0]?.message ?? ""}`,
        { details: { problems: problems.map(({ code, message }) => ({ code, message })) } },
      );
    renameSync(copy, target);
  } finally {
    for (const end of ["", "-wal", "-shm"]) rmSync(`${copy}${end}`, { force: true });
  }
}
