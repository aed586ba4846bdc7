import { BrainOpsError, isBrainOpsError } from "@brainops/core";
import { existsSync, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { storeError, toStoreError } from "./errors.ts";
import { checkFile } from "./file.ts";
import { nodeSqlite } from "./node-sqlite.ts";
import { makePrivate } from "./private-file.ts";

/** What {@link backup} copies, and where to. */
export interface BackupOptions {
  /** The file of the store. It may be open, in this process or in others, and be written to meanwhile. */
  readonly file: string;
  /** Where the copy goes; nothing may be there yet. */
  readonly to: string;
  /** Is told how much of it is done, from 0 to 1. */
  readonly progress?: (share: number) => void;
  /** Stops it, and nothing is left behind. Node 22.13 copies in one go, and looks only before that. */
  readonly signal?: AbortSignal;
}

/** So many pages are copied before the event loop turns. */
const pagesAtOnce = 512;

/**
 * Copies a store while it is in use: the copy is the store as it was at one moment. It is sealed as the store is and opened
 * with the same key, so no key is needed to make it; to restore, open the copy or put it in the store's place while nobody
 * has that open. What is erased later stays in copies that were made before.
 *
 * Errors: `not_found` when there is no store, `not_a_store`, `conflict` when something is at the target already,
 * `store_full`, `store_busy`, `aborted`. A failed copy leaves nothing behind.
 *
 * @example
 * ```ts
 * import { backup } from "@brainops/memory-sqlite";
 * await backup({ file: "brain.db", to: "brain-monday.db" });
 * ```
 */
export async function backup(options: BackupOptions): Promise<void> {
  const [file, to] = [resolve(options.file), resolve(options.to)];
  if (!existsSync(file)) throw new BrainOpsError("not_found", `There is no store ${file} to copy.`);
  if (existsSync(to))
    throw new BrainOpsError("conflict", `${to} exists already. Name another target; nothing was written over.`);
  checkFile(file);
  const part = `${to}.part`;
  rmSync(part, { force: true });
  try {
    makePrivate(part);
    await copy(file, part, (share) => {
      if (options.signal?.aborted === true)
        throw new BrainOpsError("aborted", "The copy was stopped on request, and nothing is left of it. Begin again.");
      options.progress?.(share);
    });
    renameSync(part, to);
  } catch (error) {
    rmSync(part, { force: true });
    const told = toStoreError(error, file);
    // What cannot be written is the copy, not what is copied.
    const ofCopy = isBrainOpsError(told, "store_full") || isBrainOpsError(told, "store_read_only");
    throw ofCopy ? copyFailed(told, to) : told;
  }
}

function copyFailed({ code, cause }: BrainOpsError, to: string): BrainOpsError {
  const why = code === "store_full" ? "there is no room left" : "its folder does not exist or cannot be written";
  return new BrainOpsError(code, `The copy ${to} cannot be made: ${why}. Name another target; nothing is left of it.`, {
    cause,
    details: { file: to },
  });
}

async function copy(file: string, part: string, progress: (share: number) => void): Promise<void> {
  const { DatabaseSync, backup: inSteps } = nodeSqlite();
  progress(0);
  const source = new DatabaseSync(file);
  try {
    source.exec("pragma busy_timeout = 5000");
    const id = source.prepare("select count(*) as n from sqlite_schema where name = 'postings'").get();
    if (Number(id?.["n"]) === 0) throw storeError("not_a_store", file);
    // Node 22.13 has none: then SQLite copies in one go, and everything else waits for it.
    if (inSteps === undefined) source.prepare("vacuum into ?").run(part);
    else
      await inSteps(source, part, {
        rate: pagesAtOnce,
        progress: ({ totalPages, remainingPages }) => progress(1 - remainingPages / Math.max(1, totalPages)),
      });
    progress(1);
  } finally {
    source.close();
  }
}
