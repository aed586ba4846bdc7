import { readFileSync } from "node:fs";
import { BrainOpsError, type Sealing } from "@brainops/core";

/** The key that a file holds, without white space around it; no key without a file. Throws `not_found`. */
export function keyIn(path: string | undefined): Sealing {
  if (path === undefined) return {};
  try {
    return { key: readFileSync(path, "utf8").trim() };
  } catch (cause) {
    throw new BrainOpsError("not_found", `The key file ${path} cannot be read. Give the file that holds the key.`, {
      cause,
    });
  }
}
