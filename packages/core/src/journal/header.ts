import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { canonical, quote } from "./canonical.ts";

/**
 * Canonical text of an entry's header: all but salt, hash and body, which the entry does not have yet. Most entries are of
 * three types, whose members are known, so these are written one after the other, without looking for them and sorting them.
 */
export function headerText(entry: Entry): string {
  if (!Number.isSafeInteger(entry.at)) return canonical(entry as unknown as Json);
  switch (entry.type) {
    case "node-completed": {
      const memory = entry.memory === undefined ? "" : `"memory":"${entry.memory}",`;
      return `{${begin(entry)},${committed(entry)}${memory}"ms":${entry.ms},${place(entry)}`;
    }
    case "effect-intended":
      return `{${begin(entry)},${effect(entry)},${place(entry)}`;
    case "effect-completed":
      return `{${begin(entry)},${effect(entry, entry.ms)},${place(entry)}`;
    default:
      return canonical(entry as unknown as Json);
  }
}

type OfNode = Extract<Entry, { type: "node-completed" | "effect-intended" | "effect-completed" }>;
type OfEffect = Extract<Entry, { type: "effect-intended" | "effect-completed" }>;

const begin = ({ at, attempt }: OfNode): string => `"at":${at},"attempt":${attempt}`;

/** A fork may have the commitment of a value that was erased. */
const committed = ({ commitment }: OfNode): string => (commitment === undefined ? "" : `"commitment":"${commitment}",`);

const effect = (entry: OfEffect, ms?: number): string =>
  `"call":${entry.call},"class":"${entry.class}",${committed(entry)}"inputHash":"${entry.inputHash}",` +
  `${ms === undefined ? "" : `"ms":${ms},`}"name":${quote(entry.name)}`;

const place = ({ node, path, position, type, visit }: OfNode): string =>
  `"node":${quote(node)},"path":${quote(path)},"position":${position},"type":"${type}","visit":${visit}}`;
