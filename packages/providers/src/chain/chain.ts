import { BrainOpsError, type Clock, type Model } from "@brainops/core";
import type { Budget } from "../budget/budget.ts";
import type { PriceTable } from "../budget/prices.ts";
import { defaultPrices } from "../budget/default-prices.ts";
import { systemClock } from "../time/clock.ts";
import { breaker, type BreakerOptions } from "./breaker.ts";
import { generateBy } from "./generate.ts";
import { learnFrom } from "./learn.ts";
import type { FailoverTable, HealthTable } from "./policy.ts";
import type { Chain, ChainSetup, Compact, HedgeOptions } from "./setup.ts";
import { sharing, type SharedState } from "./sharing.ts";
import { streamBy, type OnCut } from "./stream.ts";
import { track } from "./track.ts";

/** What {@link chain} can be told. Everything has a default. */
export interface ChainOptions {
  /** Name of the chain, as of any model. Default `chain`. */
  readonly name?: string;
  /**
   * What to do when a stream breaks after its first part was shown. Default `fail`.
   * - `fail`: the error goes to the caller, with what had arrived in its details.
   * - `restart`: listeners get a `discard` part, and the next model starts anew.
   * - `continue`: the next model goes on with the text where it broke. A stream that has shown a tool call, or that is
   *   to bring structured output, cannot be continued and fails.
   */
  readonly onCut?: OnCut;
  /** Changes to the failover table, by error code. Default: none. */
  readonly onError?: FailoverTable;
  /** The longest that a call may take, waits and all models together, in milliseconds. Default 600,000. */
  readonly deadlineMs?: number;
  /**
   * The longest that one try may take until it has answered (a stream: until its first part), in milliseconds. Default: an
   * equal share of what is left of the deadline for each model that may still be asked.
   */
  readonly attemptMs?: number;
  /** The longest until the first part of a stream, in milliseconds. Default: as for every try. */
  readonly firstPartMs?: number;
  /** The longest silence between two parts of a stream, in milliseconds. Default 120,000. */
  readonly idleMs?: number;
  /** The longest that a call waits while no model can be asked, in milliseconds. Default: until the deadline; 0 fails at once. */
  readonly waitMs?: number;
  /** How often the chain goes through its models before it gives up. Default 3. */
  readonly rounds?: number;
  /** How often one model is asked again at once, for errors that say `retry`. Default 1. */
  readonly retries?: number;
  /** The wait before the second round or try, in milliseconds; doubled for each further one. Default 250. */
  readonly backoffMs?: number;
  /** When a model that fails is left alone. Default: as each of these says. */
  readonly breaker?: BreakerOptions & {
    /** Changes to which errors count against a model's health, by code. Default: none. */
    readonly counts?: HealthTable;
    /**
     * Where several processes share what they know of the models: the storage of a plugin. Default: each process knows
     * its own.
     */
    readonly shared?: SharedState;
  };
  /** Asks the next model too when one is slower than usual, and takes the first answer. Default: never. It costs more. */
  readonly hedge?: boolean | HedgeOptions;
  /** Makes a request smaller when it is too long for every model, such as {@link dropOldest}. Default: never. */
  readonly compact?: Compact;
  /**
   * How many tokens each model takes, by name: after `context_length` only those with more are asked. Default: none is
   * known.
   */
  readonly windows?: { readonly [model: string]: number };
  /**
   * Whether calls of tools have to fit the tools' JSON Schemas; one that does not is then `invalid_tool_call`. Default
   * false: whoever runs the tools usually tells the model what was wrong.
   */
  readonly checkCalls?: boolean;
  /**
   * Lets what was measured change the order of the models. Default `given`. Attempts say why when it did. `recallAttempts`
   * brings in what was measured before a restart.
   */
  readonly order?: "given" | "measured";
  /** What tokens cost. Default {@link defaultPrices}. */
  readonly prices?: PriceTable;
  /** What may be spent; one can be shared by several chains. Default: no limit. */
  readonly budget?: Budget;
  /** Where time comes from. Default: the system's clock. */
  readonly clock?: Clock;
  /** Where the spread of waits comes from: a number from 0 up to 1, without it. Default `Math.random`. */
  readonly random?: () => number;
}

/**
 * A model made of models: asks them in order until one answers. Says who answered (`response.model`), and every try
 * that led there (`response.attempts`, or `details.attempts` of the error).
 *
 * Which errors lead to the next model stands in {@link failoverTable}. When all have failed the error is `no_model`,
 * with the last error as its cause; when time is up it is `timeout`. An abort by the caller is `aborted`, and no failure
 * of a model. `budget_exceeded` comes before anything is sent.
 *
 * @example
 * ```ts
 * import { chain, claude, gpt, local } from "@brainops/providers";
 * const model = chain([claude(), gpt(), local({ model: "llama3.2" })], { onCut: "restart", deadlineMs: 60_000 });
 * ```
 */
export function chain(models: readonly Model[], options: ChainOptions = {}): Chain {
  const name = options.name ?? "chain";
  const names = new Set<string>();
  if (!Array.isArray(models))
    throw new BrainOpsError("invalid_input", `${name}: the models are a list: chain([claude(), gpt()]).`);
  for (const model of models as readonly (Model | (() => Model))[]) {
    if (typeof model === "function" || typeof model?.generate !== "function") {
      throw new BrainOpsError(
        "invalid_input",
        `${name}: each item of the list is a model, such as claude() or gpt(), called; ${typeof model} was given.`,
      );
    }
    if (names.has(model.name)) {
      throw new BrainOpsError(
        "invalid_input",
        `${name}: two models are named '${model.name}'. Give each its own name.`,
      );
    }
    names.add(model.name);
  }
  const setup = plan(name, models, options);
  return {
    name,
    generate: (request, call = {}) => generateBy(setup, request, call),
    stream: (request, call = {}) => streamBy(setup, request, call),
    learn: (attempts) => learnFrom(setup, attempts),
    lanes: () =>
      setup.lanes.map((lane) => {
        const { state, until } = lane.breaker.state();
        return { name: lane.model.name, until: state === "open" ? until : null };
      }),
    leaveAlone(model, ms) {
      const lane = setup.lanes.find((each) => each.model.name === model);
      if (lane !== undefined) return lane.breaker.rest(ms);
      throw new BrainOpsError("not_found", `${name} has no model '${model}', but ${[...names].join(", ")}.`);
    },
    async health(call = {}) {
      const states = await Promise.all(
        models.map(async (model) => ({ name: model.name, ...((await model.health?.(call)) ?? { ok: true }) })),
      );
      const bad = states
        .filter((state) => !state.ok)
        .map((state) => `${state.name}: ${state.detail ?? "not available"}`);
      return { ok: bad.length < states.length, ...(bad.length === 0 ? {} : { detail: bad.join("; ") }) };
    },
  };
}

function plan(name: string, models: readonly Model[], options: ChainOptions): ChainSetup & { readonly onCut: OnCut } {
  const clock = options.clock ?? systemClock;
  const { counts = {}, shared, ...breakerOptions } = options.breaker ?? {};
  const share = shared === undefined ? undefined : sharing(name, shared, clock);
  const lanes = models.map((model) => {
    const tell = (until: number, openings: number): void => share?.tell(model.name, until, openings);
    return { model, breaker: breaker(clock, breakerOptions, tell), track: track(clock) };
  });
  share?.watch(new Map(lanes.map((lane) => [lane.model.name, lane.breaker])));
  const { hedge = false } = options;
  return {
    name,
    clock,
    lanes,
    onCut: options.onCut ?? "fail",
    policy: { onError: options.onError ?? {}, counts },
    limits: {
      deadlineMs: positive(name, "deadlineMs", options.deadlineMs, 600_000),
      attemptMs: positive(name, "attemptMs", options.attemptMs, Infinity),
      firstPartMs: positive(name, "firstPartMs", options.firstPartMs, Infinity),
      idleMs: positive(name, "idleMs", options.idleMs, 120_000),
      waitMs: options.waitMs ?? Infinity,
    },
    rounds: options.rounds ?? 3,
    retries: options.retries ?? 1,
    backoffMs: options.backoffMs ?? 250,
    hedge: hedge === true ? {} : hedge === false ? undefined : hedge,
    compact: options.compact,
    windows: options.windows ?? {},
    checkCalls: options.checkCalls ?? false,
    adaptive: options.order === "measured",
    prices: options.prices ?? defaultPrices,
    budget: options.budget,
    random: options.random ?? Math.random,
    refresh: share?.refresh,
    claim: share?.claim,
  };
}

function positive(name: string, option: string, value: number | undefined, standard: number): number {
  if (value === undefined) return standard;
  if (value > 0) return value;
  throw new BrainOpsError("invalid_input", `${name}: ${option} is ${value}. Give milliseconds above 0.`);
}
