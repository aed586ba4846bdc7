import { BrainOpsError } from "@brainops/core";
import { hostsIn } from "./hosts.ts";

/**
 * Throws `invalid_input` for an address that `pg` would take for another one, or read as far as it can. The address holds
 * a password, so it stands neither in the message nor in a cause.
 */
export function checkAddress(given: string): void {
  const socket = given.startsWith("/") || given.startsWith("socket:");
  if (socket || hostsIn(given)?.urls.every((url) => URL.canParse(url)) === true) return;
  throw new BrainOpsError(
    "invalid_input",
    "The connectionString must read like postgres://user:password@host:5432/database, with several hosts between commas where one " +
      "takes another's place (and target_session_attrs read-write, primary or any). In user and password, letters " +
      "such as # / ? @ are percent-encoded (encodeURIComponent does it). What was given is not shown: it may hold a password.",
  );
}
