/**
 * Runs on many machines: workers that take their runs from pg-boss.
 *
 * @module
 */
export { bossDispatch, type BossOptions, type GraphLimits } from "./boss-dispatch.ts";
