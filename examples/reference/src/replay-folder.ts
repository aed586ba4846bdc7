import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { BrainOpsError, openJournal, unsealJournal, type Graph, type Sealing } from "@brainops/core";
import { explain, type Failure } from "./cli/fail.ts";
import { replayJournal, type Replayed } from "./replay-journal.ts";

/** What became of one file: its replay, or why there was none. */
export type ReplayedFile = { readonly file: string } & (Replayed | ({ readonly equal: false } & Failure));

/** With what a folder is replayed. */
export interface FolderOptions extends Sealing {
  /** Graphs that the journals may be of, beside those of `brainops` itself. */
  readonly graphs: readonly Graph[];
  /** Told of each file before it is replayed, and how many there are. */
  readonly begins: (file: string, index: number, count: number) => void;
}

/**
 * Replays every exported journal (`*.jsonl`) of a folder and of those in it, by name. One that cannot be replayed is told,
 * and the others are replayed all the same. Throws `invalid_input` when there is none.
 */
export async function replayFolder(folder: string, options: FolderOptions): Promise<readonly ReplayedFile[]> {
  const files = journalsIn(folder);
  if (files.length === 0) {
    throw new BrainOpsError(
      "invalid_input",
      `There is no journal (*.jsonl) in ${folder}. Put one there: npx brainops export RUN > ${join(folder, "RUN.jsonl")}`,
    );
  }
  const replayed: ReplayedFile[] = [];
  for (const [index, file] of files.entries()) {
    options.begins(file, index, files.length);
    replayed.push({ file, ...(await replayFile(join(folder, file), options)) });
  }
  return replayed;
}

function journalsIn(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new BrainOpsError("invalid_input", `There is no folder ${folder}. Give the one that holds the journals.`);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".jsonl"))
    .toSorted();
}

async function replayFile(
  path: string,
  { key, graphs }: FolderOptions,
): Promise<Replayed | ({ readonly equal: false } & Failure)> {
  try {
    const text = readText(path);
    return await replayJournal(openJournal(await unsealJournal(text, key)), graphs);
  } catch (error) {
    return { equal: false, ...explain(error).failure };
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BrainOpsError("not_found", `It cannot be read (${why}). See that it is a file that you may read.`, {
      cause,
    });
  }
}
