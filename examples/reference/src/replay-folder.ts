import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { BrainOpsError, importJournal } from "@brainops/core";
import { explain, type Failure } from "./cli/fail.ts";
import { replayJournal, type Replayed } from "./replay-journal.ts";

/** What became of one file: its replay, or why there was none. */
export type ReplayedFile = { readonly file: string } & (Replayed | ({ readonly equal: false } & Failure));

/**
 * Replays every exported journal (`*.jsonl`) of a folder, by name. One that cannot be replayed is told, and the others
 * are replayed all the same. Throws `invalid_input` when there is none.
 */
export async function replayFolder(folder: string): Promise<readonly ReplayedFile[]> {
  const files = journalsIn(folder);
  if (files.length === 0) {
    throw new BrainOpsError(
      "invalid_input",
      `There is no journal (*.jsonl) in ${folder}. Put one there: npx brainops export RUN > ${join(folder, "RUN.jsonl")}`,
    );
  }
  const replayed: ReplayedFile[] = [];
  for (const file of files) replayed.push({ file, ...(await replayFile(join(folder, file))) });
  return replayed;
}

function journalsIn(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new BrainOpsError("invalid_input", `There is no folder ${folder}. Give the one that holds the journals.`);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl"))
    .toSorted();
}

async function replayFile(path: string): Promise<Replayed | ({ readonly equal: false } & Failure)> {
  try {
    return await replayJournal(importJournal(readFileSync(path, "utf8")));
  } catch (error) {
    return { equal: false, ...explain(error).failure };
  }
}
