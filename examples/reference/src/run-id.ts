import { randomInt } from "node:crypto";

const letters = "abcdefghjkmnpqrstuvwxyz23456789";

/** A fresh id of a run, short enough to be typed: the kind, and five letters that look like no others. */
export function newRunId(kind: string): string {
  return `${kind}-${Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join("")}`;
}
