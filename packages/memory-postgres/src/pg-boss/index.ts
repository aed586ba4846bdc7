/**
 * Runs on many machines: workers that take their runs from pg-boss.
 *
 * @module
 */
export { bossDispatch, type BossOptions } from "./boss-dispatch.ts";
export type { GraphLimits } from "./boss-limits.ts";
export { deadLetters, type DeadLetter, type DeadLettersOptions } from "./dead-letters.ts";
