import type { EffectClass } from "../contracts/effect.ts";
import type { Json } from "../contracts/json.ts";
import { quote } from "./canonical.ts";
import type { FrequentEntry } from "./header.ts";

// A store keeps entries as it likes. Of the most frequent ones two fifths are names of members, which each has: packed they are
// an array of their values, after the number of their type. An array that is an entry itself stands behind a zero.
const [plain, nodeCompleted, effectIntended, effectCompleted] = [0, 1, 2, 3];

/** Classes by their number, which stays what it is. */
const classes: readonly EffectClass[] = ["pure", "idempotent", "compensatable", "irreversible"];

/** The packed text of one of the most frequent entries, by the text of its body. */
export function packFrequent(entry: FrequentEntry, body: string): string {
  const { at, attempt, hash, node, path, position, salt, visit, commitment } = entry;
  const rest = `"${hash}","${salt}","${commitment}",${at},${quote(path)},${quote(node)},${visit},${attempt},${position}`;
  switch (entry.type) {
    case "node-completed":
      return `[${nodeCompleted},${body},${rest},${entry.ms}]`;
    case "effect-intended":
      return `[${effectIntended},${body},${rest},${ofEffect(entry)}]`;
    case "effect-completed":
      return `[${effectCompleted},${body},${rest},${ofEffect(entry)},${entry.ms}]`;
  }
}

function ofEffect(entry: Exclude<FrequentEntry, { type: "node-completed" }>): string {
  const inputHash = entry.inputHash === undefined ? "0" : `"${entry.inputHash}"`;
  return `${entry.call},${quote(entry.name)},${classes.indexOf(entry.class)},${inputHash}`;
}

/**
 * The text that an entry of any stream is packed as, where nobody has packed it already: its JSON, but for an array.
 *
 * @example
 * ```ts
 * import { packEntry, unpackEntry } from "@brainops/core/sealing";
 * const entry = unpackEntry(JSON.parse(packEntry([1, 2])));
 * ```
 */
export function packEntry(entry: Json): string {
  const text = JSON.stringify(entry);
  return Array.isArray(entry) ? `[${plain},${text}]` : text;
}

/** The entry that was packed as a text, which was parsed. */
export function unpackEntry(packed: Json): Json {
  if (!Array.isArray(packed)) return packed;
  const [kind, body] = packed as [number, Json];
  if (kind === plain) return body;
  const [, , hash, salt, commitment, at, path, node, visit, attempt, position, ...more] = packed as Values;
  const place = { path, node, visit, attempt };
  const ends = { body, position, at, commitment, hash, salt };
  if (kind === nodeCompleted) return { type: "node-completed", ...place, ms: more[0], ...ends };
  const [call, name, number, inputHash, ms] = more;
  const asked = { ...place, call, name, class: classes[number as number] };
  const whole = inputHash === 0 ? asked : { ...asked, inputHash };
  if (kind === effectIntended) return { type: "effect-intended", ...whole, ...ends };
  return { type: "effect-completed", ...whole, ms, ...ends };
}

type Values = [number, Json, ...(Json | undefined)[]];
