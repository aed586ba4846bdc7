import type { MemoryRecord } from "../contracts/record.ts";
import type { RecordFilter } from "../contracts/store.ts";
import type { Sealer } from "./sealer.ts";

/** Tokens of what a record can be filtered by, beside its scope, kind, times and thread: each once. */
export function marksOf(sealer: Pick<Sealer, "token">, record: MemoryRecord): number[] {
  const marks = new Set(record.tags.map((tag) => sealer.token("tag", tag)));
  for (const subject of record.subjects) marks.add(sealer.token("subject", subject));
  if (record.fingerprint !== undefined) marks.add(sealer.token("fingerprint", record.fingerprint));
  return [...marks];
}

/** Tokens that the records must have which fit a filter. */
export function filterMarks(sealer: Pick<Sealer, "token">, { tags, fingerprint }: RecordFilter): number[] {
  const marks = (tags ?? []).map((tag) => sealer.token("tag", tag));
  if (fingerprint !== undefined) marks.push(sealer.token("fingerprint", fingerprint));
  return marks;
}

/** So many parts of a name can be looked up; what is deeper is found by opening all names under the last of them. */
const mostParts = 8;

/** The beginnings of a name that end where a part does, at a slash or a colon: `a/` and `a/b:` of `a/b:c`. */
export function beginnings(name: string): string[] {
  return [...name.matchAll(/[/:]/g)].slice(0, mostParts).map(({ index }) => name.slice(0, index + 1));
}

/** Blobs are kept in parts of this many bytes, so that no row is huge. */
const partSize = 256 * 1024;

/** The parts in which the bytes of a blob are sealed; of none there is one, which is empty. */
export function blobParts(content: Uint8Array): Uint8Array[] {
  const parts = Math.max(1, Math.ceil(content.length / partSize));
  return Array.from({ length: parts }, (_, part) => content.subarray(part * partSize, (part + 1) * partSize));
}
