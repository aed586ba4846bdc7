import type { Risk } from "../contracts/action.ts";
import type { Effect, EffectCall, EffectClass } from "../contracts/effect.ts";
import type { CallPlace, Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Question } from "../contracts/node.ts";
import type { RunContext } from "./run-context.ts";

/** An effect as the runner takes it: what the guards need to know comes along. */
export type EffectRequest = Effect<Json | void> & {
  readonly guarded?: "action";
  readonly risk?: Risk;
  /** Other inputs that entries before a position may have, which were made before a fork changed it; the newest first. */
  readonly earlier?: readonly { readonly before: number; readonly input: Json }[];
};

/** How a question ended. */
export type Woken = Extract<Entry, { type: "woken" }>;
/** What became of an effect. */
export type Outcome = Extract<Entry, { type: "effect-completed" | "effect-failed" }>;

/** One effect to be done for the first time, or again after a crash. */
export interface Job {
  readonly run: RunContext;
  readonly effect: EffectRequest;
  readonly input: Json;
  /** Canonical text of the input. */
  readonly text: string;
  readonly kept: { readonly input?: Json };
  readonly header: CallPlace & { readonly name: string; readonly class: EffectClass; readonly inputHash: string };
  readonly salt: string;
  /** What the effect and a doubt about it are handed. */
  readonly call: EffectCall;
  /** Whether the try has ended meanwhile. */
  readonly cut: () => boolean;
  /** Whether it has failed, and is not waiting for what it has begun any more. */
  readonly failed: () => boolean;
  /** Begun before a crash, outcome unknown. */
  readonly intended: boolean;
  /** Hands on the outcome, with the original error where there is one. */
  arrive(outcome: Outcome, cause?: unknown): void;
  /** Puts a question on behalf of the effect. */
  ask(suffix: string, question: Question): Promise<Woken>;
}
