import { hash as digest, randomFillSync } from "node:crypto";
import { BrainOpsError } from "../contracts/error.ts";
import type { Entry, EntryContent } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { canonical } from "./canonical.ts";

/** The hash that the first entry of a journal is chained to. */
export const chainStart = "";

const sha256 = (text: string): string => digest("sha256", text, "base64url");

const pool = new Uint8Array(16 * 256);
let used = pool.length;

/** 16 random bytes, as text. Taken from a pool, because asking the system costs more than the rest of an entry. */
export function salt(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const text = Buffer.from(pool.buffer, used, 16).toString("base64url");
  pool.fill(0, used, used + 16);
  used += 16;
  return text;
}

/** Hash of a value under a salt: says whether two values are equal, without saying what they are. */
export function saltedHash(saltText: string, canonicalText: string): string {
  return sha256(saltText + canonicalText);
}

/** Puts a new entry at the end of a chain. */
export function chainEntry(
  content: EntryContent,
  place: { position: number; at: number; previous: string; salt: string },
): Entry {
  const { body, ...header } = content as EntryContent & { body?: Json };
  const base = { ...header, position: place.position, at: place.at };
  const commitment = body === undefined ? undefined : saltedHash(place.salt, canonical(body));
  // The salt also stands behind `inputHash`, so it is kept even where there is no body.
  const whole = { ...base, ...(commitment === undefined ? {} : { commitment }) };
  const hash = sha256(place.previous + canonical(whole));
  return {
    ...whole,
    ...(body === undefined ? {} : { body }),
    ...(body === undefined && !("inputHash" in header) ? {} : { salt: place.salt }),
    hash,
  } as unknown as Entry;
}

/**
 * Checks that a journal is whole: positions without a gap, each entry's body fitting its commitment (unless it was
 * erased) and each hash the entry before it. Throws `journal_corrupt` with the first entry that does not.
 */
export function verifyChain(entries: readonly Entry[]): void {
  let previous = chainStart;
  for (const [index, entry] of entries.entries()) {
    const { hash, salt: saltText, body, ...header } = entry as Entry & { body?: Json };
    if (header.position !== index) throw corrupt(index, `it says that it is entry ${header.position}`);
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
