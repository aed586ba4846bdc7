/**
 * For tests: a store in memory, a clock that a test moves, a model that follows a script, and the conformance suites that
 * every store and model must pass.
 *
 * @module
 */
export { memoryStore } from "./memory-store.ts";
export { virtualClock, type VirtualClock } from "./virtual-clock.ts";
