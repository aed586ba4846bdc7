/**
 * The workforce: six nodes that do real work on a git repository and a service, each usable alone, each with memory on
 * both sides; the actions that healing searches; and the graphs that tie them together.
 *
 * @module
 */
export { dependencyActions } from "./actions/dependency-actions.ts";
export { diskActions } from "./actions/disk-actions.ts";
export { limitAction } from "./actions/limit-action.ts";
export { mendAction, type Mend, type Mending } from "./actions/mend-action.ts";
export { answeringModel, modelActions, modelSubject, type ModelChain } from "./actions/model-actions.ts";
export { waitAction } from "./actions/wait-action.ts";
export { serviceActions } from "./actions/service-actions.ts";
export { runCommand, type CommandOptions, type CommandResult } from "./command/run-command.ts";
export type {
  Sandbox,
  SandboxMode,
  SandboxOptions,
  SandboxReport,
  SandboxSettings,
} from "./command/sandbox/options.ts";
export { sandboxFor } from "./command/sandbox/options.ts";
export { programExists } from "./command/sandbox/programs.ts";
export { checkRepository, type Repository } from "./git/check-repository.ts";
export type { CanaryOptions } from "./deploy/canary.ts";
export { commandTarget, type CommandTargetOptions } from "./deploy/command-target.ts";
export { folderTarget } from "./deploy/folder-target.ts";
export type { Tolerance } from "./deploy/judge.ts";
export { serviceTarget } from "./deploy/service-target.ts";
export type { Staged, Target, TargetCall } from "./deploy/target.ts";
export {
  goalGraph,
  goalOutcome,
  watchGraph,
  type Crew,
  type GoalInput,
  type GoalLimits,
  type GoalOutcome,
  type GoalState,
  type WatchInput,
  type WatchState,
} from "./graphs/goal.ts";
export { deployer, type DeployerInput, type DeployerOptions, type DeployerOutput } from "./nodes/deployer.ts";
export { developer, type DeveloperInput, type DeveloperOptions, type DeveloperOutput } from "./nodes/developer.ts";
export { isModelFailure } from "./healers/classes.ts";
export { brokenCode, modelFailure, serviceHealers } from "./healers/service-healers.ts";
export {
  budgetLeft,
  burning,
  burnRules,
  tallied,
  type Burning,
  type BurnRule,
  type Tally,
} from "./levels/error-budget.ts";
export { keepInMemory, type Keep } from "./keep.ts";
export type { Objective } from "./levels/objective.ts";
export type { Patience } from "./nodes/patience.ts";
export { codeProbe, type CodeProbeOptions } from "./probes/code-probe.ts";
export { logProbe } from "./probes/log-probe.ts";
export { metricProbe } from "./probes/metric-probe.ts";
export { tcpProbe } from "./probes/tcp-probe.ts";
export { unusual, type Unusual, type UnusualMemory, type UnusualOptions } from "./probes/unusual.ts";
export { monitor, type MonitorInput, type MonitorOptions, type MonitorOutput } from "./nodes/monitor.ts";
export { optimizer, type OptimizerInput, type OptimizerOptions, type OptimizerOutput } from "./nodes/optimizer.ts";
export { planner, type PlannerInput, type PlannerOptions, type PlannerOutput } from "./nodes/planner.ts";
export { planScore, type PlanScoreInput } from "./nodes/plan-score.ts";
export { estimate, type Estimate, type PastPlan } from "./plan/estimate.ts";
export { tester, type TesterInput, type TesterOptions, type TesterOutput } from "./nodes/tester.ts";
export { compare, type CompareOptions, type Comparison, type Round } from "./optimize/compare.ts";
export { seeded, type Random } from "./optimize/random.ts";
export { evidence, type Evidence } from "./optimize/sequential.ts";
export type { Dimension, Setting, Settings } from "./optimize/space.ts";
export { bestSeen, suggest, type Observation } from "./optimize/suggest.ts";
export * from "./options.ts";
export { commandProbe, httpProbe, processProbe, serviceProbe, type Probe } from "./probes/probe.ts";
export type { ServiceConfig } from "./service/config.ts";
export * from "./service/options.ts";
export { releases, type Releases, type ReleasesOptions } from "./service/releases.ts";
export { localService, type Launch, type Service } from "./service/service.ts";
export { type Limits } from "./service/limits.ts";
export * from "./state.ts";
export { mannWhitney, median } from "./stats/mann-whitney.ts";
export { findTestCommand } from "./tests/find-tests.ts";
export { flakiness, flakyFrom, flakyTests, type PastRun } from "./tests/history.ts";
export { testsNaming } from "./tests/naming.ts";
export { likelyFirst } from "./tests/order.ts";
export { workforce, type Workforce } from "./workforce.ts";
export type { WorkspaceOptions } from "./workspace.ts";
