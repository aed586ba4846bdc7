import { hash as digest } from "node:crypto";
import { BrainOpsError, isBrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { canonical } from "./canonical.ts";

/** A value of more than about so many characters of canonical JSON is kept apart, once per scope, however often it occurs. */
export const bigValue = 8192;

/** Where in a value something was taken out, and the name of what was taken. */
interface Part {
  readonly id: string;
  readonly path: readonly (string | number)[];
}

/** What of a value is kept apart. Where it was, there is `null`; an outer part stands before those that were in it. */
export interface Apart {
  readonly scope: string;
  readonly parts: readonly Part[];
}

/** An entry as a store keeps it: its big values are blobs of the run's scope. Commitment and hash are over the whole. */
export type StoredEntry = Entry & { readonly apart?: Apart };

/** A value without its big parts. */
export interface SetApart {
  readonly value: Json;
  /** Absent when nothing in it was big. */
  readonly apart?: Apart;
  /** Canonical text of each part, by its id. */
  readonly texts: ReadonlyMap<string, string>;
  /** How many characters were taken out. */
  readonly saved: number;
}

/**
 * Takes the big values out of an object, the innermost first, so that what surrounds a document does not hide that it is
 * the same document.
 */
export function setApart(whole: JsonObject, scope: string): SetApart {
  const parts: Part[] = [];
  const texts = new Map<string, string>();
  const path: (string | number)[] = [];
  let saved = 0;

  function split(value: Json): { readonly value: Json; readonly size: number } {
    let rest = value;
    let size = 8;
    if (typeof value === "string") size = value.length + 2;
    else if (typeof value === "object" && value !== null) {
      size = 2;
      const members: [string, Json][] = [];
      let changed = false;
      for (const [key, member] of Object.entries(value)) {
        if (member === undefined) continue;
        path.push(Array.isArray(value) ? Number(key) : key);
        const inner = split(member);
        path.pop();
        size += inner.size + (Array.isArray(value) ? 1 : key.length + 4);
        changed ||= inner.value !== member;
        members.push([key, inner.value]);
      }
      if (changed) rest = Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members);
    }
    if (size <= bigValue || path.length === 0) return { value: rest, size };
    const text = canonical(rest);
    const id = digest("sha256", text, "base64url");
    texts.set(id, text);
    saved += text.length;
    parts.push({ id, path: [...path] });
    return { value: null, size: 4 };
  }

  const { value } = split(whole);
  return { value, texts, saved, ...(parts.length === 0 ? {} : { apart: { scope, parts: parts.reverse() } }) };
}

/** Puts parts back in their places; `textOf` gives what was taken, or nothing. Throws what `fail` makes of a reason. */
export function putBack(
  value: Json,
  parts: readonly Part[],
  textOf: (id: string) => string | undefined,
  fail: (why: string) => Error,
): void {
  for (const { id, path } of parts) {
    const text = textOf(id);
    if (text === undefined) throw fail("a big value of it is missing");
    let parent: unknown = value;
    for (const key of path.slice(0, -1)) parent = (parent as { [key: string]: unknown } | null)?.[key];
    const last = path.at(-1) ?? "";
    // Only what was taken out may be put in: an entry has one form.
    if (typeof parent !== "object" || parent === null || (parent as { [key: string]: unknown })[last] !== null)
      throw fail("a big value of it has no place");
    Object.defineProperty(parent, last, {
      value: JSON.parse(text),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}

/** The writes that keep what was set apart: one reference for each part. */
export function keepWrites({ apart, texts }: SetApart): Write[] {
  const { scope, parts } = apart ?? { scope: "", parts: [] };
  return parts.map(({ id }) => ({ type: "blob", scope, id, bytes: Buffer.from(texts.get(id) ?? "") }));
}

/** The writes that give back what an entry or a snapshot keeps apart. */
export function releaseWrites(apart: Apart | undefined): Write[] {
  return (apart?.parts ?? []).map(({ id }) => ({ type: "unblob", scope: apart?.scope ?? "", id }));
}

/** How an entry is kept: `saved` is how many characters the stored form lacks. */
export interface Kept {
  readonly stored: StoredEntry;
  readonly writes: readonly Write[];
  readonly saved: number;
}

/** An entry as it is to be stored, with the writes that keep its big values. */
export function toStored(entry: Entry, scope: string): Kept {
  const { body } = entry as { body?: JsonObject };
  if (body === undefined) return { stored: entry, writes: [], saved: 0 };
  const split = setApart(body, scope);
  if (split.apart === undefined) return { stored: entry, writes: [], saved: 0 };
  const stored = { ...entry, body: split.value, apart: split.apart } as unknown as StoredEntry;
  return { stored, writes: keepWrites(split), saved: split.saved };
}

/** Reads the texts of parts, each once. */
export async function readParts(
  store: Store,
  aparts: readonly (Apart | undefined)[],
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const apart of aparts) {
    for (const { id } of apart?.parts ?? []) {
      if (texts.has(id)) continue;
      const bytes = await store.blob(apart?.scope ?? "", id);
      if (bytes !== undefined) texts.set(id, Buffer.from(bytes).toString("utf8"));
    }
  }
  return texts;
}

/** Entries as they were made, from what the store has of them. Throws `store_corrupt` when a big value is missing. */
export async function fromStored(store: Store, stored: readonly StoredEntry[]): Promise<readonly Entry[]> {
  if (!stored.some(({ apart }) => apart !== undefined)) return stored;
  const texts = await readParts(
    store,
    stored.map(({ apart }) => apart),
  );
  return stored.map((entry) => {
    const { apart, ...whole } = entry;
    if (apart !== undefined)
      putBack(
        (entry as { body?: Json }).body ?? null,
        apart.parts,
        (id) => texts.get(id),
        (why) => incomplete(`Entry ${entry.position} of the journal`, why),
      );
    return whole;
  });
}

/**
 * Reads what may be pruned, replaced or erased between the look at it and the look at its big values: then it is read
 * again.
 */
export async function readWhole<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (attempt >= mostReads || !isBrainOpsError(error, "store_corrupt")) throw error;
    }
  }
}

const mostReads = 3;

/** The error for a value that the store should have. */
export function incomplete(what: string, why: string): BrainOpsError {
  return new BrainOpsError("store_corrupt", `${what} cannot be read: ${why}. Restore the store from a backup.`);
}
