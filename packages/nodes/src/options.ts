import type { Sandbox } from "./command/sandbox/options.ts";
import type { Action, Healer } from "@brainops/core";
import type { HealingOptions } from "@brainops/core/healing";
import type { ModelChain } from "./actions/model-actions.ts";
import type { Mend } from "./actions/mend-action.ts";
import type { Objective } from "./levels/objective.ts";
import type { Probe } from "./probes/probe.ts";
import type { Target } from "./deploy/target.ts";
import type { ServiceOptions, TuneOptions } from "./service/options.ts";

/** What {@link workforce} needs to know. */
export interface WorkforceOptions {
  /** The git repository to work on. Its own working copy is never touched: work happens in a worktree under `home`. */
  readonly repo: string;
  /** Folder for worktrees, releases, configuration, logs and pid files. Made when missing; must lie outside of the repository. */
  readonly home: string;
  /** The test command, such as `["npm", "test"]`. Default: found by looking at the repository. */
  readonly test?: readonly string[];
  /** Run once in a new worktree and in each new release folder, such as `["npm", "ci"]`. Default: nothing. */
  readonly setup?: readonly string[];
  /** How tests and set-up are kept in. Default `preferred`: bubblewrap where the machine has it. */
  readonly sandbox?: Sandbox;
  /** Type checks and linters that must hold before a change is handed over. Default: found by looking at the repository. */
  readonly checks?: readonly (readonly string[])[] | "off";
  /** Milliseconds for one run of the tests. Default 120,000. */
  readonly testTimeoutMs?: number;
  /** Whether a change must be shown to do something, by a test that fails without it. Default `required`. */
  readonly proof?: "required" | "off";
  /** Name of the model to ask. Default: the Brain's. */
  readonly model?: string;
  /**
   * The chain of models, such as that of `@brainops/providers`: a fault whose subject is `model` is healed by leaving the one
   * that fails alone, so that the next one answers. Without it, a model's failure is left to people.
   */
  readonly chain?: ModelChain;
  /** How often the developer may try until the tests pass. Default 3. */
  readonly maxRounds?: number;
  /** How often healing is tried in one run. Default 2. */
  readonly maxHeals?: number;
  /** Where releases come to life, in place of the service. */
  readonly target?: Target;
  /** Take a release again that was bad before. Default no. */
  readonly force?: boolean;
  /** Releases to keep. Default 5. */
  readonly keep?: number;
  /** The service to run from the releases. Without it, the deployer only makes release folders. */
  readonly service?: ServiceOptions;
  /** What to tune. Needs a service with a configuration. Default: nothing. */
  readonly tune?: TuneOptions;
  /** Actions beside the workforce's own, for healing to search. Default: none. */
  readonly actions?: readonly Action[];
  /** Healers that are asked before the workforce's own; see {@link serviceHealers}. Default: none. */
  readonly healers?: readonly Healer[];
  /** Probes beside the service's health. A fault is about their `subject`. Default: none. */
  readonly probes?: readonly Probe[];
  /** Service levels, with error budgets; the service's own probe is called `health`. Default: none. */
  readonly objectives?: readonly Objective[];
  /**
   * Watch the code, too, in a loop of its own: the tests and checks of each new commit of the repository. What fails is a
   * fault, which `mend` hands to the Developer. Default no.
   */
  readonly watchCode?: boolean;
  /**
   * Whether a person must say yes before a change is released: never, when its plan has a task of high risk (`risky`), or
   * always. Default `never`.
   */
  readonly approve?: "never" | "risky" | "always";
  /** Milliseconds between the rounds of a loop that watches and heals, once `brain.startLoops()` is called. Default: no loop. */
  readonly watchEveryMs?: number;
  /**
   * Has the Developer mend a failing test or build: most often a run of the goal graph, and whether it was done. Without
   * it, such a fault is left to people.
   */
  readonly mend?: Mend;
  /**
   * Whether healing applies remedies, or only says which it would try, what needs a yes, and how often one subject may
   * be healed. Default: as `healing` has it.
   */
  readonly healing?: Pick<HealingOptions, "mode" | "approve" | "intensity" | "maxTries">;
  /** When nothing heals: end the run with what was tried, or ask a person. Default `return`. */
  readonly escalate?: "return" | "ask";
}
