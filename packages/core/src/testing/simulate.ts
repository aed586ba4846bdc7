import type { Brain, BrainOptions } from "../brain/brain.ts";
import { createBrain } from "../brain/create-brain.ts";
import type { RunResult } from "../brain/run-result.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Question } from "../contracts/node.ts";
import type { Graph } from "../graph/graph.ts";
import { canonical } from "../journal/canonical.ts";
import { seededRandom } from "../journal/random.ts";
import { faultyStore, type CommitFate } from "./faulty-store.ts";
import { memoryStore } from "./memory-store.ts";

/** How a graph is simulated. */
export interface SimulateOptions<Input> extends Pick<BrainOptions, "model" | "models" | "plugins"> {
  readonly input: Input;
  /** How many times it is run with other faults. Default 100. */
  readonly seeds?: number;
  /** The first seed; a failing one is named, and can be given here alone. Default 0. */
  readonly firstSeed?: number;
  /** The share of commits at which something goes wrong: 0 to 1. Default 0.2. */
  readonly faults?: number;
  /** Answers the graph's questions. Default: `yes` to everything. */
  readonly answer?: (question: Question) => Json;
}

/** What a simulation went through. */
export interface Simulation {
  readonly seeds: number;
  readonly crashes: number;
  /** Commits whose acknowledgement was lost. */
  readonly lost: number;
}

/**
 * Runs a graph again and again while its process dies before and after commits and acknowledgements are lost, and
 * compares each with a run that nothing disturbs: the same result, the same canonical journal, the same memory, and a
 * replay that is equal. Throws `diverged` with the seed at which they part. What the graph does outside must not
 * depend on how often it is done.
 *
 * @example
 * ```ts
 * import { END, graph, START } from "@brainops/core";
 * import { simulate } from "@brainops/core/testing";
 * import { z } from "zod";
 * const count = graph({ name: "count", state: z.object({ n: z.number() }), maxSteps: 10 })
 *   .node("add", ({ n }) => ({ n: n + 1 }))
 *   .edge(START, "add")
 *   .branch("add", ({ n }) => (n < 5 ? "add" : END), ["add", END])
 *   .build();
 * console.log(await simulate(count, { input: { n: 0 }, seeds: 20 }));
 * ```
 */
export async function simulate<Input, S>(graph: Graph<Input, S>, options: SimulateOptions<Input>): Promise<Simulation> {
  const { seeds = 100, firstSeed = 0, faults = 0.2 } = options;
  const whole = await runOnce(graph, options, () => "ok");
  const told = { crashes: 0, lost: 0 };
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const random = seededRandom(`simulate ${seed}`);
    const broken = await runOnce(graph, options, () => {
      if (random.next() >= faults) return "ok";
      const fate = (["lost", "crash-before", "crash-after"] as const)[Math.floor(random.next() * 3)] ?? "lost";
      if (fate === "lost") told.lost++;
      else told.crashes++;
      return fate;
    });
    const difference = differs(whole, broken);
    if (difference !== undefined) {
      throw new BrainOpsError(
        "diverged",
        `With seed ${seed}, graph '${graph.name}' ${difference}. Give firstSeed: ${seed}, seeds: 1 to see it again.`,
        { details: { seed } },
      );
    }
  }
  return { seeds, ...told };
}

interface Outcome {
  readonly result: RunResult;
  readonly journal: readonly string[];
  readonly memory: readonly string[];
  readonly equal: boolean;
}

/** Runs to the end, with a new Brain after every crash. */
async function runOnce<Input, S>(
  graph: Graph<Input, S>,
  options: SimulateOptions<Input>,
  fate: () => CommitFate,
): Promise<Outcome> {
  const disk = memoryStore();
  const given = {
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(options.models === undefined ? {} : { models: options.models }),
    ...(options.plugins === undefined ? {} : { plugins: options.plugins }),
  };
  for (;;) {
    const store = faultyStore(disk, fate);
    const brain = await Promise.race([createBrain({ ...given, store, graphs: [graph] }), store.crashed]);
    if (brain === undefined) continue;
    const result = await Promise.race([live(brain, graph, options), store.crashed]);
    if (result === undefined) continue;
    const calm = await createBrain({ ...given, store: disk, graphs: [graph] });
    const outcome = await drawUp(calm, graph, result);
    await calm.close();
    return outcome;
  }
}

async function live<Input, S>(
  brain: Brain,
  graph: Graph<Input, S>,
  options: SimulateOptions<Input>,
): Promise<RunResult> {
  const { input, answer = () => "yes" } = options;
  const known = (await brain.runs()).length > 0;
  let result: RunResult<S> = known ? await brain.resume("run", graph) : await brain.run(graph, input, { id: "run" });
  while (result.status === "waiting" && result.questions.length > 0) {
    for (const question of result.questions) {
      await brain.answer("run", question.id, answer(question)).catch((error: unknown) => {
        if (!(error instanceof BrainOpsError) || error.code !== "already_answered") throw error;
      });
    }
    result = await brain.resume("run", graph);
  }
  return result;
}

async function drawUp(brain: Brain, graph: Graph, result: RunResult): Promise<Outcome> {
  const { equal } = await brain.replay({ run: "run" }, graph);
  const records = await brain.store.find({ scope: brain.scope }, { limit: 100_000 });
  const memory = records.map(({ record }) => canonical([record.kind, record.text, record.data])).toSorted();
  return { result, journal: canonicalJournal(await brain.journal("run")), memory, equal };
}

function differs(whole: Outcome, broken: Outcome): string | undefined {
  if (JSON.stringify(whole.result) !== JSON.stringify(broken.result)) return "ends in another way";
  const parting = whole.journal.findIndex((line, index) => line !== broken.journal[index]);
  if (parting >= 0) return `has another journal: '${whole.journal[parting]}' became '${broken.journal[parting]}'`;
  if (whole.journal.length !== broken.journal.length) return "has more in its journal";
  if (JSON.stringify(whole.memory) !== JSON.stringify(broken.memory)) return "remembers something else";
  return broken.equal && whole.equal ? undefined : "cannot be replayed";
}

/**
 * A journal without what may differ between equal runs: sorted, without times, positions, owners and salts, and without
 * how effects in doubt were settled.
 */
export function canonicalJournal(entries: readonly Entry[]): string[] {
  return entries.flatMap(plainLine).toSorted();
}

function plainLine(entry: Entry): string[] {
  if (entry.type === "run-started" || entry.type === "run-taken" || entry.type === "effect-intended") return [];
  // Doubts and approvals are the runner's own waits; whether one was needed depends on the crash.
  if ((entry.type === "waiting" || entry.type === "woken") && entry.wait.includes(":")) return [];
  const { at: _at, position: _position, hash: _hash, salt: _salt, commitment: _commitment, ...rest } = entry;
  const {
    inputHash: _input,
    ms: _ms,
    until: _until,
    inbox: _inbox,
    given: _given,
    memory: _memory,
    ...plain
  } = rest as typeof rest & {
    readonly inputHash?: string;
    readonly ms?: number;
    readonly until?: number;
    readonly inbox?: number;
    readonly given?: number;
    readonly memory?: string;
  };
  // The clock's own readings are times, too.
  if (plain.type === "effect-completed" && plain.name === "clock") return [];
  return [canonical(plain as unknown as Json)];
}
