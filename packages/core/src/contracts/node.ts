import type { z } from "zod";
import type { Effect } from "./effect.ts";
import type { ErrorCode } from "./error.ts";
import type { Json, JsonObject } from "./json.ts";
import type { ModelRequest, ModelResponse } from "./model.ts";
import type { Counters, Link, Recalled, RecallQuery, RecordInput } from "./record.ts";

/** What is asked of a person. */
export interface Question {
  /** The question, in words. */
  readonly text: string;
  /** The answers to choose from; free when absent. */
  readonly options?: readonly string[];
  /** What helps to decide. */
  readonly data?: JsonObject;
  /** Who alone may answer, as named by `brain.answer`. Default: anybody. */
  readonly approvers?: readonly string[];
  /** Milliseconds that an answer may take; then `ask` throws `timeout`. Default: as long as it takes. */
  readonly timeoutMs?: number;
}

/**
 * Everything a node may reach. All that varies goes through here, so that a run can be replayed from its journal. Its members
 * can be taken out of it (`const { effect } = ctx`); to put something around it, use `Object.create(ctx, …)`: a spread does not
 * take them along.
 */
export interface NodeContext {
  /** The run's id. */
  readonly run: string;
  /** Where in the run: empty on the trunk, longer in branches. */
  readonly path: string;
  /** Name of the node in its graph. */
  readonly node: string;
  /** How often this node has run at this path before. */
  readonly visit: number;
  /** 1 for the first try. */
  readonly attempt: number;
  /** The scope that memory is read from and written to. */
  readonly scope: string;
  /** Aborted when the run or this node is to stop. */
  readonly signal: AbortSignal;

  /** The time, in milliseconds since 1970; the same in every replay. */
  now(): number;
  /** A number from 0 up to 1; the same in every replay. */
  random(): number;
  /** A fresh UUIDv7; the same in every replay. */
  id(): string;

  /** Does something outside, once: its outcome is journaled before it is returned. */
  effect<Result extends Json | void>(effect: Effect<Result>): Promise<Result>;
  /** Asks the Brain's model (or, with `model`, the one of that name). Deltas go to the listeners. */
  generate(
    request: ModelRequest,
    options?: {
      /** Name of a model of the Brain. Default: the Brain's own. */
      readonly model?: string;
    },
  ): Promise<ModelResponse>;
  /** Finds memories. It sees what was committed before: not what this node remembers, nor what sibling branches do. */
  recall(query: string | RecallQuery): Promise<Recalled>;
  /** Runs a registered action under the guards: validated, applied, journaled. Throws `denied` when a guard says no. */
  act(action: string, args: JsonObject): Promise<Json>;
  /** Asks a person and waits, over restarts if need be. */
  ask(question: Question): Promise<Json>;

  /** Waits so many milliseconds, over restarts if need be. */
  sleep(ms: number): Promise<void>;
  /**
   * Waits for somebody to send a signal of that name with `brain.signal`, over restarts if need be, and gives its value.
   * Signals that came before are not lost. Throws `timeout` when `timeoutMs` is given and over. A wait that has lost a race in its
   * own node goes on until that node is over, and takes what comes for it: better give it a time.
   */
  signalled(
    name: string,
    options?: {
      /** Milliseconds to wait. Default: as long as it takes. */
      readonly timeoutMs?: number;
    },
  ): Promise<Json>;

  /**
   * Remembers something; written in the same commit as the node's completion. Returns the new record's id. It is always a record
   * of its own, so that a replay makes the same; what says the same as another is put together by upkeep.
   */
  remember(record: RecordInput): string;
  /** Draws an arrow between two records; written with the node's completion. */
  link(link: Link): void;
  /** Adds to a record's counter; written with the node's completion. */
  count(id: string, counter: keyof Counters, by?: number): void;
  /**
   * Whether the change of that name applies here: lets code change under running runs. Give the old way where it says
   * no. It says yes, and journals that it did, wherever the journal does not go on beyond this point yet.
   */
  patched(change: string): boolean;
  /** Says something to whoever watches; part of the journal. */
  note(text: string, data?: JsonObject): void;
}

/** When and how a failed node is tried again. */
export interface RetryPolicy {
  /** How often at most, the first time included. */
  readonly attempts: number;
  /** Milliseconds before the second try; doubled each time, and up to half of it taken off by chance. Default 100. */
  readonly backoffMs?: number;
  /** The longest wait in milliseconds. Default 30,000. */
  readonly maxBackoffMs?: number;
  /**
   * Only errors with these codes. Default: any but what another try cannot mend: `aborted`, `denied`, `invalid_state`,
   * `budget_exceeded`, `nondeterministic`, `ownership_lost` and `erased`.
   */
  readonly on?: readonly ErrorCode[];
}

/**
 * A named, typed unit of work. Make one with `node()`, which infers the types from the schemas.
 *
 * `run` is given the keys of the state that `input` names, and returns an update of the state that fits `output`.
 */
export interface Node<Name extends string = string, Input = unknown, Output = unknown> {
  /** What it is called in graphs and journals. */
  readonly name: Name;
  /** Part of the graph's fingerprint; raise it when the node does something else. Default `1`. */
  readonly version?: string;
  /** What it does, in words: for people, and for a model that has it as a tool. */
  readonly description?: string;
  /** The keys of the state that it is given, with their types. */
  readonly input: z.ZodType<Input>;
  /** The keys of the state that it returns. Plain JSON; parsing it twice changes nothing. */
  readonly output: z.ZodType<Output>;
  /** How often it is tried again when it fails, and after which wait. Default: once, not again. */
  readonly retry?: RetryPolicy;
  /** Milliseconds for one try, what it waits for included; then it fails with `timeout`. */
  readonly timeoutMs?: number;
  /** How many executions of it may be under way at once in one run. Default: as many as there are branches. */
  readonly concurrency?: number;
  /** Does the work. What varies or reaches outside goes through `ctx`; what it throws fails this try. */
  run(input: Input, ctx: NodeContext): Promise<Output> | Output;
}
