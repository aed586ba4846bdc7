import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { codeAfter, fits } from "../graph/fits.ts";
import type { Graph } from "../graph/graph.ts";
import { verifyChain } from "../journal/chain.ts";
import { erasedError, isErased } from "../journal/erased.ts";
import { execute } from "./execute.ts";
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
 * Runs a graph again on what its journal says, without store, network or models, and compares. Throws
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
export async function replay(graph: Graph, entries: readonly Entry[]): Promise<ReplayResult> {
  verifyChain(entries);
  const first = entries[0];
  if (first?.type !== "run-started")
    throw new BrainOpsError(
      "journal_corrupt",
      "The journal does not begin with the start of a run. Use a whole journal.",
      { details: { position: 0 } },
    );
  if (first.graph !== graph.name)
    throw new BrainOpsError(
      "invalid_input",
      `The journal is of graph '${first.graph}', not of '${graph.name}'. Give that graph.`,
    );
  const status = endings[(entries.at(-1) as Entry).type as keyof typeof endings] ?? "unfinished";
  const code = codeAfter(first, entries);
  if (!fits(graph, code)) {
    const divergence = {
      path: "",
      node: "START",
      visit: 0,
      position: 0,
      what: `Graph '${graph.name}' is built in another way than it was`,
      expected: code.fingerprint,
      found: graph.fingerprint,
    };
    return { equal: false, entries: 1, status, divergence };
  }
  const erased = entries.find(isErased)?.position;
  const end = await execute({ graph: graph.definition, started: first, entries, environment: offline }).end.catch(
    (error: unknown) => {
      if (erased === undefined) throw error;
    },
  );
  // Beyond an erased value nothing can be said, unless code and journal parted before it.
  if (end === undefined || (erased !== undefined && !(partedAt(end) < erased))) throw erasedError(erased ?? 0);
  return resultOf(end, status, entries.length);
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
