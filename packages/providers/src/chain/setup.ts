import type { Attempt, Clock, Model, ModelRequest } from "@brainops/core";
import type { Budget } from "../budget/budget.ts";
import type { PriceTable } from "../budget/prices.ts";
import type { Breaker } from "./breaker.ts";
import type { Policy } from "./policy.ts";
import type { Track } from "./track.ts";

/** One model of a chain, and what is known of it. Shared by all calls. */
export interface Lane {
  readonly model: Model;
  readonly breaker: Breaker;
  readonly track: Track;
}

/** A model made of models. */
export interface Chain extends Model {
  /**
   * Takes over what was measured before, such as before a restart: tries, the oldest first. Models are known by their
   * names. Measured order and hedging begin with it, as if these tries had just been made.
   */
  learn(attempts: readonly Attempt[]): void;
  /** How its models stand, in order. */
  lanes(): readonly LaneState[];
  /**
   * Leaves a model alone for so many milliseconds, as if its breaker had opened: the calls go on with the next. With 0 the
   * next call finds out how it is. Errors: `not_found` for a model that is none of its own.
   */
  leaveAlone(model: string, ms: number): void;
}

/** How one model of a chain stands. */
export interface LaneState {
  /** Name of the model. */
  readonly name: string;
  /** Until when it is left alone: milliseconds since 1970. `null`: it may be asked. */
  readonly until: number | null;
}

/** How long things may take, in milliseconds. */
export interface Limits {
  readonly deadlineMs: number;
  readonly attemptMs: number;
  readonly firstPartMs: number;
  readonly idleMs: number;
  readonly waitMs: number;
}

/** When another model is asked before the first has answered. */
export interface HedgeOptions {
  /** After how many milliseconds. Default: the time in which `share` of the model's answers came, once it is known. */
  readonly afterMs?: number;
  /** Which share of the answers is usual. Default 0.95. */
  readonly share?: number;
  /** How many answers have to be known before the usual time counts. Default 20. */
  readonly least?: number;
}

/** Makes a request smaller; nothing when it cannot. */
export type Compact = (
  request: ModelRequest,
  options: {
    /** Aborted when the call is; `undefined` when nothing can abort it. */
    readonly signal: AbortSignal | undefined;
  },
) => ModelRequest | undefined | Promise<ModelRequest | undefined>;

/** What a chain is made of. */
export interface ChainSetup {
  readonly name: string;
  readonly clock: Clock;
  readonly lanes: readonly Lane[];
  readonly policy: Policy;
  readonly limits: Limits;
  readonly rounds: number;
  readonly retries: number;
  readonly backoffMs: number;
  readonly hedge: HedgeOptions | undefined;
  readonly compact: Compact | undefined;
  /** How many tokens a model takes, by name, where that is known. */
  readonly windows: { readonly [model: string]: number };
  readonly checkCalls: boolean;
  readonly adaptive: boolean;
  readonly prices: PriceTable;
  readonly budget: Budget | undefined;
  /** From 0 up to 1, without it. */
  readonly random: () => number;
  /** Brings in what other processes know of the models' health, and says when that is there. */
  readonly refresh: (() => void) | undefined;
  /** Asks for the right to probe a model that cools, where several processes share it. */
  readonly claim: ((model: string) => Promise<boolean>) | undefined;
}
