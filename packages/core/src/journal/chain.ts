import { hash as digest, randomBytes } from "node:crypto";
import { BrainOpsError } from "../contracts/error.ts";
import type { Entry, EntryContent } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { canonical } from "./canonical.ts";
import { frequentEntry, headerText, type FrequentEntry } from "./header.ts";
import { packFrequent } from "./packed.ts";

/** The end of a chain that has no entry yet. */
export const chainStart: ChainEnd = { position: 0, hash: "" };

const sha256 = (text: string): string => digest("sha256", text, "base64url");

// Drawn and encoded in bulk: asking the system for each, and encoding each, costs more than the rest of an entry.
const drawn = 256;
const saltLength = 22;
const step = 24;
let pool = "";
let used = drawn;

/** 22 random characters of base64url: 132 bits. */
export function salt(): string {
  if (used === drawn) {
    pool = randomBytes((drawn * step * 3) / 4).toString("base64url");
    used = 0;
  }
  const from = step * used++;
  return pool.slice(from, from + saltLength);
}

/** Hash of a value under a salt: says whether two values are equal, without saying what they are. */
export function saltedHash(saltText: string, canonicalText: string): string {
  return sha256(saltText + canonicalText);
}

/** Where a chain stands: how many entries it has, and the hash of the last. */
export interface ChainEnd {
  /** How many entries it has: the position that the next one gets. */
  readonly position: number;
  /** Hash of the last entry; empty when there is none. */
  readonly hash: string;
}

/** A new entry, the text that it is packed as, and about how many characters it takes to keep. */
export interface Chained {
  readonly entry: Entry;
  readonly text: string;
  readonly size: number;
}

/** An entry while it is made. */
type Growing = { -readonly [key in "commitment" | "salt" | "hash"]?: string } & { body?: Json | undefined };

/** Hashes an entry that has all its members, and packs it. */
function sealed(entry: Writable<FrequentEntry>, end: ChainEnd, bodyText: string): Chained {
  const header = headerText(entry);
  entry.hash = sha256(end.hash + header);
  const text = packFrequent(entry, bodyText);
  return { entry, text, size: text.length };
}

type Writable<T> = { -readonly [key in keyof T]: T[key] };

/** Puts a new entry at the end of a chain. `bodyText` is the body's canonical text, where it is known already. */
export function chainEntry(
  content: EntryContent,
  end: ChainEnd,
  at: number,
  saltText: string,
  bodyText?: string,
): Chained {
  const { body } = content as { body?: Json };
  if (body !== undefined && Number.isSafeInteger(at)) {
    const known = bodyText ?? canonical(body);
    const frequent = frequentEntry(content, end.position, at, saltedHash(saltText, known), saltText);
    if (frequent !== undefined) return sealed(frequent, end, known);
  }
  const entry: Growing = { ...(content as object), position: end.position, at } as Growing;
  let text = "";
  if (body !== undefined) {
    const known = bodyText ?? canonical(body);
    entry.commitment = saltedHash(saltText, known);
    // Absent, so that what follows is the header alone.
    entry.body = undefined;
    text = `"body":${known},`;
  }
  const header = headerText(entry as unknown as Entry);
  entry.hash = sha256(end.hash + header);
  text += `"hash":"${entry.hash}",`;
  if (body !== undefined) entry.body = body;
  // The salt also stands behind `inputHash`, so it is kept even where there is no body.
  if (body !== undefined || "inputHash" in content) {
    entry.salt = saltText;
    text += `"salt":"${saltText}",`;
  }
  text = `{${text}${header.slice(1)}`;
  return { entry: entry as unknown as Entry, text, size: text.length };
}

/**
 * Checks that a journal is whole: positions without a gap, each entry's body fitting its commitment (unless it was
 * erased) and each hash the entry before it. Throws `journal_corrupt` with the first entry that does not. Entries that
 * follow on others are checked with the end of those as `after`.
 *
 * @example
 * ```ts
 * import { verifyChain, type Brain } from "@brainops/core";
 * declare const brain: Brain;
 * verifyChain(await brain.journal("r1")); // throws when it is not whole
 * ```
 */
export function verifyChain(entries: readonly Entry[], after: ChainEnd = chainStart): void {
  let previous = after.hash;
  for (const [offset, entry] of entries.entries()) {
    const index = after.position + offset;
    const { hash, salt: saltText, body, ...header } = entry as Entry & { body?: Json };
    if (header.position !== index) throw corrupt(index, `it is not numbered ${index}`);
    if (body !== undefined) {
      if (saltText === undefined) throw corrupt(index, "its salt is missing");
      if (saltedHash(saltText, canonical(body)) !== header.commitment)
        throw corrupt(index, "its body does not fit its commitment");
    }
    if (sha256(previous + canonical(header)) !== hash) throw corrupt(index, "its hash does not fit");
    previous = hash;
  }
}

/** The error for a damaged entry. */
export function corrupt(position: number, why: string): BrainOpsError {
  return new BrainOpsError(
    "journal_corrupt",
    `Entry ${position} of the journal is damaged: ${why}. Use an undamaged copy; nothing was replayed.`,
    { details: { position } },
  );
}
