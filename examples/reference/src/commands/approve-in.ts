import { BrainOpsError } from "@brainops/core";
import type { Job } from "../job.ts";

/** When a release is to be approved, as typed. Throws `invalid_input`. */
export function approveIn(text: string | undefined): Job["approve"] {
  if (text === undefined || text === "risky" || text === "always") return text;
  throw new BrainOpsError("invalid_input", `--approve must be 'risky' or 'always', but it is '${text}'.`);
}
