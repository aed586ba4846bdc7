import { BrainOpsError } from "@brainops/core";
import type { Secret } from "@brainops/core/sealing";

/** The key of a store: the option, else BRAINOPS_KEY. There is no key file: beside a server it would be on no one's disk. */
export function findKey(key: Secret | undefined): Secret {
  const given = key ?? (process.env["BRAINOPS_KEY"] || undefined);
  if (given !== undefined) return given;
  throw new BrainOpsError(
    "invalid_input",
    "postgres() needs a key, the same in every process that opens the store: pass the option 'key' or set BRAINOPS_KEY. " +
      "Make one with `openssl rand -hex 32`, and keep a copy: without it the store cannot be read.",
  );
}
