export * from "./define.ts";
export * from "./contracts/action.ts";
export * from "./contracts/clock.ts";
export * from "./contracts/dispatch.ts";
export * from "./contracts/effect.ts";
export * from "./contracts/embedder.ts";
export * from "./contracts/error.ts";
export * from "./contracts/event.ts";
export * from "./contracts/guard.ts";
export * from "./contracts/journal.ts";
export * from "./contracts/json.ts";
export * from "./contracts/message.ts";
export * from "./contracts/model.ts";
export * from "./contracts/node.ts";
export * from "./contracts/plugin.ts";
export * from "./contracts/record.ts";
export * from "./contracts/record-data.ts";
export * from "./contracts/run-terms.ts";
export * from "./contracts/store.ts";
export * from "./contracts/write.ts";
export type { Brain, BrainOptions } from "./brain/brain.ts";
export { createBrain } from "./brain/create-brain.ts";
export type { RunSummary } from "./brain/journals.ts";
export type { PruneOptions } from "./brain/retention.ts";
export type { Registry } from "./brain/registry.ts";
export { stateOf, type OpenQuestion, type RunResult } from "./brain/run-result.ts";
export type { ForkRunOptions, ResumeOptions, StartOptions, SubmitOptions } from "./brain/run-options.ts";
export { storeDispatch } from "./brain/dispatch.ts";
export type { SetAside } from "./brain/set-aside.ts";
export type { Worker, WorkOptions } from "./brain/worker.ts";
export {
  END,
  START,
  type GraphDefinition,
  type GraphStep,
  type NodeStep,
  type Reducer,
  type State,
  type Step,
  type Way,
} from "./graph/definition.ts";
export type { Code } from "./graph/fits.ts";
export { graph, type Graph, type GraphBuilder, type GraphOptions } from "./graph/graph.ts";
export type { Fits, Mismatch, Reducers, Update } from "./graph/types.ts";
export { dataOf } from "./memory/record-data.ts";
export { walkLinks, type Reached, type WalkOptions } from "./memory/walk-links.ts";
export { canonical } from "./journal/canonical.ts";
export { verifyChain, type ChainEnd } from "./journal/chain.ts";
export type { JournalSource, JournalText, Sealing } from "./brain/transfer.ts";
export { isErased } from "./journal/erased.ts";
export { exportJournal, importJournal, openJournal } from "./journal/export.ts";
export type { JournalPages } from "./journal/pages.ts";
export { sealJournal, unsealJournal } from "./journal/sealed-export.ts";
export type { Secret } from "./sealing/secret.ts";
export type { EraseOptions, ErasureProgress, ErasureReport, Mention } from "./brain/erase-options.ts";
export { ledger, type LedgerFilter, type LedgerLine } from "./run/ledger.ts";
export { replay, type ReplayResult } from "./run/replay.ts";
export { accountOf, compareRuns, type Comparison, type RunAccount } from "./run/compare.ts";
export type { OpenWait } from "./run/inbox.ts";
export type { Divergence } from "./run/run-context.ts";
