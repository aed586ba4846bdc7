import type { Json, JsonObject } from "@brainops/core";

/** Arguments of a call while they arrive piece by piece, each under its path. */
export interface PartialState {
  args: { [key: string]: Json | undefined };
  /** Paths whose text goes on with the next piece. */
  readonly growing: Set<string>;
}

// Keys such as these would reach into the prototype of the objects that are built here.
const forbidden = new Set(["__proto__", "constructor", "prototype"]);

/** The steps of a path such as `$.recipe.steps[2].text` or `$['a key'].b`. */
function steps(path: string): (string | number)[] {
  const found: (string | number)[] = [];
  for (const match of path.matchAll(/\[(\d+)\]|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]|([^.[\]$]+)/g)) {
    const [, index, single, double, plain] = match;
    found.push(index === undefined ? (single ?? double ?? plain ?? "") : Number(index));
  }
  return found;
}

type Holder = { [key: string | number]: Json | undefined };

/** Puts one piece in its place. Text whose path has just been growing is appended; anything else is set. */
export function applyPartial(state: PartialState, piece: JsonObject): void {
  const path = typeof piece["jsonPath"] === "string" ? piece["jsonPath"] : "";
  const way = steps(path);
  const last = way.pop();
  if (last === undefined || [...way, last].some((step) => forbidden.has(String(step)) || Number(step) > 100_000))
    return;
  let at: Holder = state.args;
  for (const [position, step] of way.entries()) {
    const next = at[step];
    if (typeof next === "object" && next !== null) at = next as Holder;
    else {
      const made: Holder | Json[] = typeof (way[position + 1] ?? last) === "number" ? [] : {};
      at[step] = made as Json;
      at = made as Holder;
    }
  }
  const text = piece["stringValue"];
  if (typeof text === "string") {
    const before = at[last];
    at[last] = state.growing.has(path) && typeof before === "string" ? before + text : text;
  } else if (piece["numberValue"] !== undefined) at[last] = piece["numberValue"];
  else if (piece["boolValue"] !== undefined) at[last] = piece["boolValue"];
  else if (piece["nullValue"] !== undefined) at[last] = null;
  if (piece["willContinue"] === true) state.growing.add(path);
  else state.growing.delete(path);
}
