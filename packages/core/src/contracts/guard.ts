import type { Risk } from "./action.ts";
import type { EffectClass } from "./effect.ts";
import type { Json } from "./json.ts";

/** What a guard is asked about. */
export interface GuardRequest {
  readonly kind: "effect" | "action" | "command";
  readonly name: string;
  readonly class: EffectClass;
  /** Actions and commands only. */
  readonly risk?: Risk;
  readonly input: Json;
  readonly run: string;
  readonly node: string;
  readonly scope: string;
}

/** What a guard says. */
export type Verdict =
  | { readonly verdict: "allow" }
  | { readonly verdict: "ask"; readonly reason: string }
  | { readonly verdict: "deny"; readonly reason: string };

/** Allows, denies or asks for approval before an effect, action or command. Of several, deny wins over ask over allow. */
export interface Guard {
  readonly name: string;
  /** Judges one request. When it throws, the node fails and what it was asked about does not happen. */
  check(request: GuardRequest): Promise<Verdict> | Verdict;
}
