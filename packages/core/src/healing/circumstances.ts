import type { Circumstances } from "../contracts/action.ts";
import type { Json } from "../contracts/json.ts";

/** The circumstances of a record's data; none when it is of another shape. */
export function circumstancesOf(value: Json | undefined): Circumstances {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, Circumstances[string]] =>
      ["string", "number", "boolean"].includes(typeof entry[1]),
    ),
  );
}

/** Share of the facts of both that agree; 1 when nothing was found around either. */
export function agreement(one: Circumstances = {}, other: Circumstances = {}): number {
  const facts = new Set([...Object.keys(one), ...Object.keys(other)]);
  if (facts.size === 0) return 1;
  return [...facts].filter((fact) => one[fact] === other[fact]).length / facts.size;
}
