import { BrainOpsError } from "../contracts/error.ts";
import type { EntryContent } from "../contracts/journal.ts";
import type { RunLimits } from "../contracts/run-terms.ts";
import type { Graph } from "../graph/graph.ts";
import { encode } from "../journal/canonical.ts";
import { uuid7 } from "../journal/random.ts";
import { initialState } from "../run/state.ts";
import { checkScope } from "../sealing/check.ts";
import type { Named } from "./leases.ts";
import type { RunsOptions, SubmitOptions } from "./run-options.ts";

/** The first entry of a run that is to be started, and what others need to know of it. Throws `invalid_input`. */
export function startOf(
  graph: Graph,
  input: unknown,
  given: SubmitOptions,
  { clock, owner, ...defaults }: Pick<RunsOptions, "clock" | "owner" | "scope">,
): { readonly content: EntryContent; readonly named: Named } {
  const { id = uuid7(clock.now()), scope = defaults.scope, seed = id, timeoutMs, budget, priority, key } = given;
  const order = { ...(priority === undefined ? {} : { priority }), ...(key === undefined ? {} : { key }) };
  if (typeof id !== "string" || id === "")
    throw new BrainOpsError(
      "invalid_input",
      "A run's id is a text that is not empty. Leave it out to get a fresh one.",
    );
  checkScope(scope);
  const encoded = encode(input, `The input of graph '${graph.name}'`).json;
  initialState(graph.definition, encoded);
  const { name, version, fingerprint } = graph;
  const until: RunLimits = timeoutMs === undefined ? {} : { until: Math.round(clock.now() + timeoutMs) };
  const content: EntryContent = {
    type: "run-started",
    format: 1,
    run: id,
    graph: name,
    version,
    fingerprint,
    scope,
    seed,
    owner,
    ...(timeoutMs === undefined && budget === undefined ? {} : { limits: { ...until, ...budget } }),
    ...order,
    body: { input: encoded },
  };
  return { content, named: { run: id, graph: name, version, fingerprint, scope, ...order } };
}
