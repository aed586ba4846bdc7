import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { codeAfter, fits, type Code } from "../graph/fits.ts";
import type { Graph } from "../graph/graph.ts";
import { erasedError } from "../journal/erased.ts";
import { pagesOf, type JournalPages } from "../journal/pages.ts";
import { execute, type Started } from "./execute.ts";
import { createPagedHistory, surveyJournal } from "./paged-history.ts";
import type { RunEnd } from "./run-end.ts";
import type { Divergence, Environment } from "./run-context.ts";

/** What a replay found. */
export interface ReplayResult {
  /** Whether the code does what the journal says, as far as the journal goes. */
  readonly equal: boolean;
  /** How many entries were checked. */
  readonly entries: number;
  /** How the journaled run ended, or `unfinished`. */
  readonly status: "completed" | "failed" | "aborted" | "unfinished";
  /** The state that the replay ended with. */
  readonly state?: Json;
  /** The first place where code and journal part. */
  readonly divergence?: Divergence;
}

/**
 * Runs a graph again on what its journal says, without store, network or models, and compares. Of a journal that is given as
 * pages only a part is held at a time. `graph` may be what finds it by the code that had the run last. Throws
 * `journal_corrupt` when the journal is damaged, `invalid_input` when it is of another graph, and `erased`, with the
 * position in its details, when code and journal agree up to an entry whose value has been erased.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { importJournal, replay, type Graph } from "@brainops/core";
 * declare const graph: Graph;
 * const { equal, divergence } = await replay(graph, importJournal(await readFile("run.jsonl", "utf8")));
 * if (!equal) console.log(divergence);
 * ```
 */
export async function replay(
  graph: Graph | ((last: Code, first: Started) => Graph),
  journal: readonly Entry[] | JournalPages,
): Promise<ReplayResult> {
  const pages = "read" in journal ? journal : pagesOf(journal);
  const survey = await surveyJournal(pages);
  const { first, last, erased, failures } = survey;
  if (first?.type !== "run-started" || last === undefined)
    throw new BrainOpsError(
      "journal_corrupt",
      "The journal does not begin with the start of a run. Use a whole journal.",
      { details: { position: 0 } },
    );
  const code = codeAfter(first, survey.taken);
  const chosen = typeof graph === "function" ? graph(code, first) : graph;
  if (first.graph !== chosen.name)
    throw new BrainOpsError(
      "invalid_input",
      `The journal is of graph '${first.graph}', not of '${chosen.name}'. Give that graph.`,
    );
  const status = endings[last.type as keyof typeof endings] ?? "unfinished";
  if (!fits(chosen, code)) {
    const divergence = {
      path: "",
      node: "START",
      visit: 0,
      position: 0,
      what: `Graph '${chosen.name}' is built in another way than it was`,
      expected: code.fingerprint,
      found: chosen.fingerprint,
    };
    return { equal: false, entries: 1, status, divergence };
  }
  const replayed = { history: createPagedHistory(pages, survey), last, failures };
  const execution = execute({
    graph: chosen.definition,
    started: first,
    entries: [first],
    environment: offline,
    replayed,
  });
  const end = await execution.end.catch((error: unknown) => {
    if (erased === undefined) throw error;
  });
  // Beyond an erased value nothing can be said, unless code and journal parted before it.
  if (end === undefined || (erased !== undefined && !(partedAt(end) < erased))) throw erasedError(erased ?? 0);
  return resultOf(end, status, last.position + 1);
}

const partedAt = (end: RunEnd): number =>
  end.status === "diverged" ? (end.divergence.position ?? Infinity) : Infinity;

const endings = { "run-completed": "completed", "run-failed": "failed", "run-aborted": "aborted" } as const;

function resultOf(end: RunEnd, status: ReplayResult["status"], total: number): ReplayResult {
  if (end.status !== "diverged")
    return { equal: true, entries: total, status, ...(end.status === "completed" ? { state: end.state } : {}) };
  return { equal: false, entries: end.divergence.position ?? total, status, divergence: end.divergence };
}

function unreachable(what: string): never {
  throw new BrainOpsError("nondeterministic", `A replay must not reach ${what}.`);
}

/** Nothing can be reached from a replay. */
const offline: Environment = {
  clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
  model: () => unreachable("a model"),
  action: () => unreachable("an action"),
  guards: [],
  recall: () => unreachable("the memory"),
  checkSuperseding: () => unreachable("the memory"),
};
