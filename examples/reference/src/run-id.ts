import { randomInt } from "node:crypto";
import { BrainOpsError } from "@brainops/core";

const letters = "abcdefghjkmnpqrstuvwxyz23456789";

/** A fresh id of a run, short enough to be typed: the kind, and five letters that look like no others. */
function newRunId(kind: string): string {
  return `${kind}-${Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join("")}`;
}

/**
 * The id that was asked for with `--id`, or a fresh one. It names folders and a branch, so it is a plain word; anything
 * else is `invalid_input`.
 */
export function runId(given: string | undefined, kind: string): string {
  if (given === undefined) return newRunId(kind);
  if (/^[a-z\d][\w.-]{0,63}$/i.test(given) && !given.includes("..")) return given;
  throw new BrainOpsError(
    "invalid_input",
    `--id must be a letter or digit followed by at most 63 letters, digits, '.', '_' or '-', but it is '${given}'.`,
  );
}
