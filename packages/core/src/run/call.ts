import type { EffectCall } from "../contracts/effect.ts";

/**
 * What an effect is handed. Its signal is made when it is asked for: most effects never look at it. A class, because a getter
 * of an object's own lies in V8's old space and holds all of the run there until the whole heap is collected.
 */
export class Call implements EffectCall {
  readonly key: string;
  readonly #signal: () => AbortSignal;

  constructor(key: string, signal: () => AbortSignal) {
    this.key = key;
    this.#signal = signal;
  }

  get signal(): AbortSignal {
    return this.#signal();
  }
}
