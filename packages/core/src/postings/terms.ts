import { mostCounted } from "./chunk.ts";

/** What each packed term takes: a token of 48 bits, its halves apart, and a count. */
export const bytesPerTerm = 7;

/** The tokens of one record, each once, and how often each stands in its text. */
export interface CountedTokens {
  /** The tokens: whole numbers of 48 bits. */
  readonly tokens: readonly number[];
  /** How often each stands there, in the same order. */
  readonly counts: readonly number[];
}

/** Packs the terms of one record: first the low 32 bits of all tokens, then the high 16, then the counts. */
export function packTerms({ tokens, counts }: CountedTokens): Uint8Array {
  const size = tokens.length;
  const packed = Buffer.allocUnsafe(size * bytesPerTerm);
  for (let i = 0; i < size; i++) {
    const token = tokens[i] ?? 0;
    packed.writeUInt32LE(token % 2 ** 32, i * 4);
    packed.writeUInt16LE(Math.floor(token / 2 ** 32), size * 4 + i * 2);
    packed[size * 6 + i] = Math.min(counts[i] ?? 1, mostCounted);
  }
  return packed;
}

/** Unpacks what {@link packTerms} packed. */
export function eachTerm(packed: Uint8Array, visit: (token: number, frequency: number) => void): void {
  const count = packed.length / bytesPerTerm;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let i = 0; i < count; i++)
    visit(view.getUint16(count * 4 + i * 2, true) * 2 ** 32 + view.getUint32(i * 4, true), packed[count * 6 + i] ?? 1);
}
