import { median } from "../stats/mann-whitney.ts";
import { evidence } from "./sequential.ts";

/** What one round measured: the objective, and each guarded metric, for the value before and the candidate. */
export interface Round {
  /** The objective with the value that is there. */
  readonly before: number;
  /** The objective with the candidate. */
  readonly after: number;
  /** Of each guarded metric, by name. The larger, the worse. */
  readonly guards?: {
    readonly [name: string]: {
      /** With the value that is there. */
      readonly before: number;
      /** With the candidate. */
      readonly after: number;
    };
  };
}

/** When a comparison is decided. */
export interface CompareOptions {
  /** Chance of keeping what is no gain. Default 0.05. */
  readonly alpha?: number;
  /** The least share by which the median must get better. Default 0. */
  readonly minGain?: number;
  /** The share by which the median of a guarded metric may get worse. Default 0.05. */
  readonly maxHarm?: number;
  /** Rounds at most. Default 20. */
  readonly rounds?: number;
}

/** How a comparison ended. */
export interface Comparison {
  /** Whether the candidate is better: `reason` is `gain`. */
  readonly keep: boolean;
  /**
   * `gain`: it is better. `no gain`: it is not shown to be, or by too little. `harm`: a guarded metric got worse.
   * `failed`: the candidate does not work.
   */
  readonly reason: "gain" | "no gain" | "harm" | "failed";
  /** Median of the objective with the value that was there. */
  readonly before: number;
  /** Median of the objective with the candidate. */
  readonly after: number;
  /** Share by which the median got better. */
  readonly gain: number;
  /** Probability of so much evidence for a gain by chance, at most, however often it was looked at. */
  readonly p: number;
  /** How many rounds were measured. */
  readonly rounds: number;
}

/**
 * Compares a candidate with what is there, round by round, and stops as soon as it is decided. `measure` is called
 * with the round's number and must take both sides in an order that is random or alternates; `undefined` means that the
 * candidate does not work. The smaller a value, the better.
 *
 * @example
 * ```ts
 * import { compare } from "@brainops/nodes";
 * declare function measure(size: number): Promise<number>;
 * const verdict = await compare(async () => ({ before: await measure(1), after: await measure(16) }));
 * ```
 */
export async function compare(
  measure: (round: number) => Promise<Round | undefined>,
  options: CompareOptions = {},
): Promise<Comparison> {
  const { alpha = 0.05, minGain = 0, maxHarm = 0.05, rounds = 20 } = options;
  const better = evidence();
  const harms = new Map<string, ReturnType<typeof evidence>>();
  const seen: Round[] = [];
  const end = (reason: Comparison["reason"]): Comparison => {
    const [before, after] = [median(seen.map((round) => round.before)), median(seen.map((round) => round.after))];
    const gain = before === 0 || seen.length === 0 ? 0 : (before - after) / Math.abs(before);
    return { keep: reason === "gain", reason, before, after, gain, p: better.p, rounds: seen.length };
  };
  while (seen.length < rounds) {
    const round = await measure(seen.length);
    if (round === undefined) return end("failed");
    seen.push(round);
    better.add(round.before - round.after);
    for (const [name, guard] of Object.entries(round.guards ?? {})) {
      const harm = harms.get(name) ?? evidence();
      harms.set(name, harm);
      harm.add(guard.after - guard.before);
      if (harm.value >= 1 / alpha) return end("harm");
    }
    // No bet wins more than double in a round: when the rest cannot reach it, or it only loses, there is no gain.
    const hopeless = better.value * 2 ** (rounds - seen.length) < 1 / alpha;
    if (hopeless || (seen.length >= 4 && better.value < 0.3)) return end("no gain");
    if (better.value < 1 / alpha) continue;
    const { gain } = end("gain");
    // Evidence alone is not enough: a gain too small to matter may still grow, or the rounds run out.
    if (gain < minGain) continue;
    return [...harms.keys()].some((name) => harmed(seen, name, maxHarm)) ? end("harm") : end("gain");
  }
  return end("no gain");
}

function harmed(seen: readonly Round[], name: string, most: number): boolean {
  const side = (which: "before" | "after"): number =>
    median(seen.flatMap((round) => round.guards?.[name]?.[which] ?? []));
  const [before, after] = [side("before"), side("after")];
  return after - before > most * Math.abs(before);
}
