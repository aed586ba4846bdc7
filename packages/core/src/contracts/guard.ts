import type { Risk } from "./action.ts";
import type { EffectClass } from "./effect.ts";
import type { Json } from "./json.ts";

/** What a guard is asked about. */
export interface GuardRequest {
  /** What is about to happen. */
  readonly kind: "effect" | "action" | "command";
  /** Name of the effect, action or command; an action is `action.NAME`. */
  readonly name: string;
  /** What a crash in the middle would mean. */
  readonly class: EffectClass;
  /** Actions and commands only. */
  readonly risk?: Risk;
  /** What it is about to be done with. */
  readonly input: Json;
  /** Id of the run; empty for a command outside of one. */
  readonly run: string;
  /** Name of the node; empty for a command. */
  readonly node: string;
  /** The scope of the run, or the Brain's. */
  readonly scope: string;
}

/** What a guard says. */
export type Verdict =
  | {
      /** It may happen, unless another guard says otherwise. */
      readonly verdict: "allow";
    }
  | {
      /** A person decides first. The run waits for the answer, over restarts if need be. */
      readonly verdict: "ask";
      /** Why, in words: part of the question. */
      readonly reason: string;
      /** Who may approve, as named by `brain.answer`. Default: anybody. */
      readonly approvers?: readonly string[];
      /** How long a yes holds: milliseconds. It is asked for again when the effect is done, or done again, later. Default a day. */
      readonly validMs?: number;
      /** How long to wait for an answer; then it is denied. Default: as long as it takes. */
      readonly timeoutMs?: number;
    }
  | {
      /** It does not happen: the call throws `denied`. */
      readonly verdict: "deny";
      /** Why not, in words: part of the error's message. */
      readonly reason: string;
    };

/**
 * Allows, denies or asks for approval before an effect, action or command. Of several, deny wins over ask over allow, and each
 * that asks wants an approval of its own. An approval is for one effect with one input; other input is asked for anew.
 */
export interface Guard {
  /** What it is called in the journal, where it denies or asks. */
  readonly name: string;
  /** Judges one request. When it throws, the node fails and what it was asked about does not happen. */
  check(request: GuardRequest): Promise<Verdict> | Verdict;
}
