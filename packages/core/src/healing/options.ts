import type { Action, ActionCall, Fault, Healer } from "../contracts/action.ts";

/** What {@link healing} works with. */
export interface HealingOptions {
  /** Name of the graph. Default `heal`. */
  readonly name?: string;
  /**
   * The actions that may be searched, the ones of least risk first. They must be registered with the Brain too, because
   * they are applied through `ctx.act`, under the guards.
   */
  readonly actions: readonly Action[];
  /** Asked when memory knows nothing that helps, in order, before the actions are searched. Default: none. */
  readonly healers?: readonly Healer[];
  /** Whether the fault is gone, such as the probe that noticed it. Asked after the action's own `verify`. Without effects. */
  verify?(fault: Fault, call: ActionCall): Promise<boolean> | boolean;
  /**
   * `apply` remedies, or only `propose` them: then nothing is changed, and the result names what would be tried, in order.
   * Default `apply`.
   */
  readonly mode?: "apply" | "propose";
  /**
   * Which remedies need a person's yes: those whose action is of high risk, cannot be taken back (it has no `undo`) and has
   * not helped in this scope before (`risky`), all, or none. With `escalate: "ask"` the person is asked before it is
   * applied; else it is only proposed. Default `risky`.
   */
  readonly approve?: "risky" | "always" | "never";
  /**
   * How often one subject may be healed before a person is needed: what comes back again and again is not healed, and
   * restarting it for ever hides that. Default: 10 times within 600,000 milliseconds.
   */
  readonly intensity?: {
    /** How often at most. Default 10. */
    readonly times: number;
    /** Within how many milliseconds. Default 600,000. */
    readonly withinMs: number;
  };
  /** Remedies tried at most, before a person is needed. Default 6. */
  readonly maxTries?: number;
  /** When nothing helps: end with `escalated` and what was tried, or ask a person first. Default `return`. */
  readonly escalate?: "return" | "ask";
}
