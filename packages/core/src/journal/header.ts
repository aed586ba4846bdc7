import type { Entry, EntryContent } from "../contracts/journal.ts";
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

/** An entry of one of the most frequent types. */
export type FrequentEntry = OfNode;

/**
 * An entry of one of those types, its hash still to come, made in one go: an object that grows member by member is made anew
 * several times. `undefined` of other types, and where there is a member more.
 */
export function frequentEntry(
  content: EntryContent,
  position: number,
  at: number,
  commitment: string,
  salt: string,
): FrequentEntry | undefined {
  switch (content.type) {
    case "node-completed": {
      const { type, path, node, visit, attempt, ms, body, memory } = content;
      if (memory !== undefined) return undefined;
      return { type, path, node, visit, attempt, ms, body, position, at, commitment, hash: "", salt };
    }
    case "effect-intended": {
      const { type, path, node, visit, attempt, call, name, class: kind, inputHash, body } = content;
      const place = { type, path, node, visit, attempt, call, name, class: kind, inputHash };
      return { ...place, body, position, at, commitment, hash: "", salt };
    }
    case "effect-completed": {
      const { type, path, node, visit, attempt, call, name, class: kind, inputHash, ms, body } = content;
      const place = { type, path, node, visit, attempt, call, name, class: kind, ...(inputHash && { inputHash }) };
      return { ...place, ms, body, position, at, commitment, hash: "", salt };
    }
    default:
      return undefined;
  }
}

type OfNode = Extract<Entry, { type: "node-completed" | "effect-intended" | "effect-completed" }>;
type OfEffect = Extract<Entry, { type: "effect-intended" | "effect-completed" }>;

const begin = ({ at, attempt }: OfNode): string => `"at":${at},"attempt":${attempt}`;

/** A fork may have the commitment of a value that was erased. */
const committed = ({ commitment }: OfNode): string => (commitment === undefined ? "" : `"commitment":"${commitment}",`);

function effect(entry: OfEffect, ms?: number): string {
  const hash = entry.inputHash === undefined ? "" : `"inputHash":"${entry.inputHash}",`;
  const took = ms === undefined ? "" : `"ms":${ms},`;
  return `"call":${entry.call},"class":"${entry.class}",${committed(entry)}${hash}${took}"name":${quote(entry.name)}`;
}

const place = ({ node, path, position, type, visit }: OfNode): string =>
  `"node":${quote(node)},"path":${quote(path)},"position":${position},"type":"${type}","visit":${visit}}`;
