import { BrainOpsError, type Attempt } from "@brainops/core";
import { judge } from "./policy.ts";
import type { Chain, ChainSetup } from "./setup.ts";

/** Lets a chain, and the chains in it, take over what tries say that were made before. */
export function learnFrom(setup: ChainSetup, attempts: readonly Attempt[]): void {
  for (const { model, track } of setup.lanes) {
    if ("learn" in model) (model as Chain).learn(attempts);
    for (const attempt of attempts) {
      if (attempt.model !== model.name) continue;
      const { outcome, ms, firstPartMs, cost, error } = attempt;
      if (outcome === "answered")
        track.answered(firstPartMs === undefined ? "whole" : "streamed", firstPartMs ?? ms, cost);
      // Whoever was not asked, or was stopped, has shown nothing; nor has a model that was asked for what it cannot do.
      else if (outcome === "failed" && error !== undefined && counts(setup, error)) track.failed();
    }
  }
}

const counts = (setup: ChainSetup, { code, message }: NonNullable<Attempt["error"]>): boolean =>
  judge(new BrainOpsError(code, message), setup.policy).counts;
