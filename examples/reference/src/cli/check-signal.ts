import { BrainOpsError } from "@brainops/core";

/** Throws `aborted` once a person has asked to stop. */
export function checkSignal(signal: AbortSignal): void {
  if (signal.aborted)
    throw new BrainOpsError("aborted", "It was stopped on request. What was finished stays; begin again to go on.");
}
