import type { Attempt, Store } from "@brainops/core";
import type { Chain } from "../chain/setup.ts";
import { numberOf, objectOf } from "../shape/json.ts";
import { attemptsIn, attemptStream } from "./attempts.ts";

/** What {@link recallAttempts} can be told. */
export interface RecallAttemptsOptions {
  /** The most calls to read, the latest. Default 500. */
  readonly most?: number;
  /** How old a call may be, in milliseconds. Default: one day. */
  readonly maxAgeMs?: number;
}

/**
 * Lets a chain begin with what `rememberAttempts` has kept, so that its measured order and its hedging outlive a restart.
 * Returns how many tries were read.
 *
 * @example
 * ```ts
 * import { createBrain } from "@brainops/core";
 * import { memoryStore } from "@brainops/core/testing";
 * import { chain, claude, gpt, recallAttempts, rememberAttempts } from "@brainops/providers";
 * const model = chain([claude(), gpt()], { order: "measured" });
 * const brain = await createBrain({ store: memoryStore(), model, plugins: [rememberAttempts()] });
 * await recallAttempts(brain.store, model);
 * ```
 */
export async function recallAttempts(
  store: Pick<Store, "position" | "read" | "now">,
  model: Chain,
  { most = 500, maxAgeMs = 86_400_000 }: RecallAttemptsOptions = {},
): Promise<number> {
  const from = Math.max(0, (await store.position(attemptStream)) - most);
  const [calls, now] = await Promise.all([store.read(attemptStream, { from }), store.now()]);
  const young = calls.filter(({ entry }) => (numberOf(objectOf(entry)["at"]) ?? 0) >= now - maxAgeMs);
  const attempts: readonly Attempt[] = young.flatMap(({ entry }) => attemptsIn(entry));
  model.learn(attempts);
  return attempts.length;
}
