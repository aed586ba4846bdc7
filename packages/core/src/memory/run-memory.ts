import { readJournal } from "../brain/journals.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Store } from "../contracts/store.ts";
import { unpackRecalled } from "../recall/recalled.ts";

/** What a run worked on, as far as feedback must know. */
export interface RunMemory {
  /** The scope of the run. */
  readonly scope: string;
  readonly graph: string;
  /** Ids of the records that it recalled, the first recalled first, each once. */
  readonly used: readonly string[];
  /** When it began, and when it did something last: milliseconds since 1970. */
  readonly startedAt: number;
  readonly lastAt: number;
}

const pageSize = 500;

/** Reads from a run's journal what it recalled. Throws `not_found`. */
export async function runMemory(store: Store, run: string): Promise<RunMemory> {
  const used = new Set<string>();
  let start: Extract<Entry, { type: "run-started" }> | undefined;
  let lastAt = 0;
  for (let from = 0; ; from += pageSize) {
    const page = run === "" ? [] : await readJournal(store, run, from, pageSize);
    for (const read of page) {
      lastAt = Math.max(lastAt, read.at);
      if (read.type === "run-started") start ??= read;
      if (read.type === "effect-completed" && read.name === "memory.recall")
        for (const id of idsOf(read.body?.result)) used.add(id);
    }
    if (page.length < pageSize) break;
  }
  if (start === undefined)
    throw new BrainOpsError(
      "not_found",
      `There is no run '${run}' in this store. List the runs and give one of them.`,
      {
        details: { run },
      },
    );
  return { scope: start.scope, graph: start.graph, used: [...used], startedAt: start.at, lastAt };
}

/** Ids of the records in the outcome of a recall; none when it was erased. */
export function idsOf(result: Json | undefined): string[] {
  return unpackRecalled(result).flatMap((hit: { record?: { id?: unknown } } | null) =>
    typeof hit?.record?.id === "string" ? [hit.record.id] : [],
  );
}
