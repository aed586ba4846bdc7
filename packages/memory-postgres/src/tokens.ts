import type { MemoryRecord, RecordFilter } from "@brainops/core";
import { mostCounted } from "@brainops/core/postings";
import { countTerms } from "@brainops/core/recall";
import type { Context } from "./context.ts";

/** What each term takes: a token of 48 bits, its halves apart, and a count. */
export const bytesPerTerm = 7;

/** The words of a text as keyed tokens with their counts, packed, and how many terms the text has. */
export function packText({ sealer }: Context, text: string): { readonly terms: Uint8Array; readonly length: number } {
  const { frequencies, length } = countTerms(text);
  const tokens = new Map<number, number>();
  for (const [term, frequency] of frequencies) {
    // Two terms may share a token of 48 bits, if hardly ever: then they are found together.
    const token = sealer.token("term", term);
    tokens.set(token, (tokens.get(token) ?? 0) + frequency);
  }
  return { terms: packTerms(tokens), length };
}

/** First the low 32 bits of all tokens, then the high 16, then the counts. */
function packTerms(terms: ReadonlyMap<number, number>): Uint8Array {
  const { size } = terms;
  const packed = Buffer.allocUnsafe(size * bytesPerTerm);
  let i = 0;
  for (const [token, frequency] of terms) {
    packed.writeUInt32LE(token % 2 ** 32, i * 4);
    packed.writeUInt16LE(Math.floor(token / 2 ** 32), size * 4 + i * 2);
    packed[size * 6 + i] = Math.min(frequency, mostCounted);
    i++;
  }
  return packed;
}

/** Unpacks what {@link packText} packed. */
export function eachTerm(packed: Uint8Array, visit: (token: number, frequency: number) => void): void {
  const count = packed.length / bytesPerTerm;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let i = 0; i < count; i++)
    visit(view.getUint16(count * 4 + i * 2, true) * 2 ** 32 + view.getUint32(i * 4, true), packed[count * 6 + i] ?? 1);
}

/** Tokens of what a record can be filtered by. */
export function marksOf({ sealer }: Context, record: MemoryRecord): number[] {
  const marks = new Set(record.tags.map((tag) => sealer.token("tag", tag)));
  for (const subject of record.subjects) marks.add(sealer.token("subject", subject));
  if (record.fingerprint !== undefined) marks.add(sealer.token("fingerprint", record.fingerprint));
  return [...marks];
}

/** Tokens that records must have to fit a filter. */
export function filterMarks({ sealer }: Pick<Context, "sealer">, { tags, fingerprint }: RecordFilter): number[] {
  const marks = (tags ?? []).map((tag) => sealer.token("tag", tag));
  if (fingerprint !== undefined) marks.push(sealer.token("fingerprint", fingerprint));
  return marks;
}

/** So many parts of a name can be looked up; what is deeper is found by opening all names under the last of them. */
const mostParts = 8;

/** The beginnings of a name that end where a part does, at a slash or a colon: `a/`, `a/b:` of `a/b:c`. */
export function beginnings(name: string): string[] {
  return [...name.matchAll(/[/:]/g)].slice(0, mostParts).map(({ index }) => name.slice(0, index + 1));
}
