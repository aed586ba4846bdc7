/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** From 0 up to, but not, 1. */
  next(): number;
  /** From a normal distribution with mean 0 and deviation 1. */
  normal(): number;
}

/**
 * A seeded {@link Random} (mulberry32).
 *
 * @example
 * ```ts
 * import { seeded } from "@brainops/nodes";
 * const random = seeded(7);
 * console.log(random.next() === seeded(7).next()); // true
 * ```
 */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  return {
    next,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}
