/**
 * For tests: a store in memory, a clock that a test moves, a model that follows a script, and the conformance suites that
 * every store and model must pass.
 *
 * @module
 */
export { memoryStore } from "./memory-store.ts";
export { virtualClock, type VirtualClock } from "./virtual-clock.ts";
export { faultyStore, type CommitFate, type FaultyStore } from "./faulty-store.ts";
export {
  dispatchSuite,
  type DispatchSuiteRunner,
  type DispatchSuiteSetup,
  type DispatchUnderTest,
} from "./dispatch-suite.ts";
export { modelSuite, type ModelSuiteRunner, type ModelSuiteSetup, type ModelUnderTest } from "./model-suite.ts";
export { nodeSuite, type NodeSuiteRunner, type NodeSuiteSetup, type NodeUnderTest } from "./node-suite.ts";
export type { ScriptedAnswer } from "./scripted-answer.ts";
export {
  scriptedModel,
  type ScriptFunction,
  type ScriptRule,
  type ScriptedCall,
  type ScriptedModel,
  type ScriptedModelOptions,
  type ScriptedReply,
} from "./scripted-model.ts";
export { storeSuite, type CrashOptions, type StoreSuiteOptions } from "./store-suite/index.ts";
export { strictly } from "./strict.ts";
export { canonicalJournal } from "./canonical-journal.ts";
export { simulate, type SimulateOptions, type Simulation } from "./simulate.ts";
