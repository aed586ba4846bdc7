import type { Json } from "./json.ts";

/**
 * What may happen to an effect whose outcome was lost in a crash.
 *
 * - `pure`: takes without changing anything (a read). It is simply done again.
 * - `idempotent`: changes the outside, but doing it again with the same key changes nothing more. It is done again.
 * - `compensatable`: can be undone. It is undone, then done again.
 * - `irreversible`: can be neither. The run stops and asks a person.
 */
export type EffectClass = "pure" | "idempotent" | "compensatable" | "irreversible";

/** What an effect's function is handed. Take out what you need (`{ signal, key }`): a spread does not take the signal along. */
export interface EffectCall {
  /** Aborted when the run or the node is to stop. */
  readonly signal: AbortSignal;
  /** The same for every try of this very effect, also after a crash: hand it to the outside where it is understood. */
  readonly key: string;
}

/** Anything that a node takes from or does to the outside. */
export interface Effect<Result extends Json | void> {
  /** Short and stable, such as `git.commit`. */
  readonly name: string;
  /** What may be done when its outcome was lost in a crash; see {@link EffectClass}. */
  readonly class: EffectClass;
  /** What goes in: hashed, and compared when the run is replayed. */
  readonly input?: Json;
  /** Does it. What it returns is journaled, and is what the node gets, now and in every replay. */
  run(call: EffectCall): Promise<Result> | Result;
  /** Takes back what may have been done; needed by `compensatable` effects. */
  undo?(call: EffectCall): Promise<void> | void;
}
