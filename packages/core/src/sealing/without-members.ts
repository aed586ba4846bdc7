import type { Json, JsonObject } from "../contracts/json.ts";

/** What is left of an entry when members are taken out of it; `undefined` when it has none of them. */
export function withoutMembers(entry: Json, members: readonly string[]): JsonObject | undefined {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return undefined;
  const left = Object.entries(entry).filter(([key]) => !members.includes(key));
  return left.length === Object.keys(entry).length ? undefined : Object.fromEntries(left);
}
