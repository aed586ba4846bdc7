import type { Brain, BrainOptions } from "../brain/brain.ts";
import { createBrain } from "../brain/create-brain.ts";
import type { RunResult } from "../brain/run-result.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import type { Question } from "../contracts/node.ts";
import type { Graph } from "../graph/graph.ts";
import { canonical } from "../journal/canonical.ts";
import { seededRandom } from "../journal/random.ts";
import { canonicalJournal } from "./canonical-journal.ts";
import { faultyStore, type CommitFate } from "./faulty-store.ts";
import { memoryStore } from "./memory-store.ts";
import { createPost, movableClock, type Letter, type Moment, type MovableClock, type Post } from "./simulated-post.ts";

/** How a graph is simulated. */
export interface SimulateOptions<Input> extends Pick<BrainOptions, "model" | "models" | "plugins"> {
  /** What each run of the graph is given. */
  readonly input: Input;
  /** How many times it is run with other faults. Default 100. */
  readonly seeds?: number;
  /** The first seed; a failing one is named, and can be given here alone. Default 0. */
  readonly firstSeed?: number;
  /** The share of commits at which something goes wrong: 0 to 1. Default 0.2. */
  readonly faults?: number;
  /** Answers the graph's questions; `undefined`: nobody does. Default: `yes` to everything. */
  readonly answer?: (question: Question) => Json | undefined;
  /** The value that comes with a signal of that name; `undefined`: it never comes. Default: `null` with each. */
  readonly signal?: (name: string) => Json | undefined;
}

/** What a simulation went through. */
export interface Simulation {
  /** How many times it was run. */
  readonly seeds: number;
  /** How often its process died, before or after a commit. */
  readonly crashes: number;
  /** Commits whose acknowledgement was lost. */
  readonly lost: number;
  /** Signals and answers that came while the run was at work, before anything had to wait for them. */
  readonly early: number;
}

/**
 * Runs a graph again and again while its process dies before and after commits and acknowledgements are lost, and
 * compares each with a run that nothing disturbs: the same result, the same canonical journal, the same memory, and a
 * replay that is equal. Its signals and answers come at other moments each time: before they are waited for, while it is at
 * work, or when it rests. Where nothing else can go on, time is moved to when the next wait is over. Throws `diverged` with the seed at which they part. What the graph does outside must not
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
  const whole = await runOnce(graph, options, [], () => "ok");
  const told = { crashes: 0, lost: 0, early: 0 };
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const random = seededRandom(`simulate ${seed}`);
    // As many commits as it took, and some more for what goes wrong.
    const moments = whole.letters.map((letter) => ({
      letter,
      after: Math.floor(random.next() * whole.commits * (1 + faults)),
    }));
    const broken = await runOnce(graph, options, moments, () => {
      if (random.next() >= faults) return "ok";
      const fate = (["lost", "crash-before", "crash-after"] as const)[Math.floor(random.next() * 3)] ?? "lost";
      if (fate === "lost") told.lost++;
      else told.crashes++;
      return fate;
    });
    told.early += broken.early;
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
  readonly letters: readonly Letter[];
  readonly commits: number;
  readonly early: number;
}

/** Runs to the end, with a new Brain after every crash. */
async function runOnce<Input, S>(
  graph: Graph<Input, S>,
  options: SimulateOptions<Input>,
  moments: readonly Moment[],
  fate: () => CommitFate,
): Promise<Outcome> {
  const disk = memoryStore();
  const clock = movableClock();
  const post = createPost(moments, options);
  const given = {
    clock,
    graphs: [graph],
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(options.models === undefined ? {} : { models: options.models }),
    ...(options.plugins === undefined ? {} : { plugins: options.plugins }),
  };
  for (;;) {
    const store = faultyStore(disk, () => {
      post.committed();
      return fate();
    });
    const brain = await Promise.race([createBrain({ ...given, store }), store.crashed]);
    if (brain === undefined) continue;
    await post.begin(brain, await disk.open());
    const result = await Promise.race([live(brain, graph, options.input, post, clock), store.crashed]);
    post.end();
    if (result === undefined) continue;
    const calm = await createBrain({ ...given, store: disk });
    const outcome = { ...(await drawUp(calm, graph, result)), ...post.told() };
    await calm.close();
    return outcome;
  }
}

/** Rests instead of staying for a time to come, so that it is known when nothing but time can help. */
const patienceMs = 0;

async function live<Input, S>(
  brain: Brain,
  graph: Graph<Input, S>,
  input: Input,
  post: Post,
  clock: MovableClock,
): Promise<RunResult> {
  const known = (await brain.runs()).length > 0;
  let result: RunResult<S> = known
    ? await brain.resume("run", graph, { patienceMs })
    : await brain.run(graph, input, { id: "run", patienceMs });
  while (result.status === "waiting") {
    if (!(await post.leave(result.waits))) {
      const next = Math.min(...result.waits.map(({ until }) => until ?? Infinity));
      if (next === Infinity) break;
      clock.moveTo(next);
    }
    result = await brain.resume("run", graph, { patienceMs });
  }
  return result;
}

async function drawUp(
  brain: Brain,
  graph: Graph,
  result: RunResult,
): Promise<Pick<Outcome, "result" | "journal" | "memory" | "equal">> {
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
