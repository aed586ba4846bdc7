import { eachPosting, frequencyIn, packChunks, type Chunk, type Postings } from "./chunk.ts";

/** Chunks of one term that follow each other. */
export interface Chain {
  /** In the order of their records. */
  readonly chunks: readonly Chunk[];
  /** A bit for each record from the first on, where a term is so common that this takes little room. */
  readonly bits?: Uint32Array;
}

/** What is known of one asked term. */
export interface TermPostings {
  /** Its place among the asked terms. */
  readonly index: number;
  /** What holding it is worth in a score. */
  readonly idf: number;
  /** How many records hold it. */
  readonly holding: number;
  /** Where the records that hold it stand. */
  readonly chains: readonly Chain[];
}

/** So many lists of chunks that do not overlap are walked side by side; of more, one is made. */
const mostChains = 4;
/** Of a chain at least one in so many records holds the term, and at least so many all in all, for its bits to be kept. */
const density = 32;
const fewestWithBits = 4096;

/**
 * Puts chunks of one term into as few chains as can be. Those of one scope make one, but for records that have been written again.
 */
export function chainsOf(chunks: readonly Chunk[]): readonly Chain[] {
  const chains: Chunk[][] = [];
  for (const chunk of [...chunks].sort((a, b) => a.first - b.first)) {
    const chain = chains.find((other) => (other.at(-1)?.last ?? 0) < chunk.first);
    if (chain === undefined) chains.push([chunk]);
    else chain.push(chunk);
    if (chains.length > mostChains) return [withBits(joined(chunks))];
  }
  return chains.map(withBits);
}

function countOf(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { count }) => sum + count, 0);
}

function joined(chunks: readonly Chunk[]): Chunk[] {
  // One number for a record and how often it holds the term: numbers are sorted faster than objects.
  const all = new Float64Array(countOf(chunks));
  let at = 0;
  for (const chunk of chunks) eachPosting(chunk, (record, frequency) => (all[at++] = record * 256 + frequency));
  const postings: Postings = { records: [], frequencies: [] };
  for (const both of all.sort()) {
    postings.records.push(Math.floor(both / 256));
    postings.frequencies.push(both % 256);
  }
  return packChunks(chunks[0]?.term ?? 0, postings);
}

function withBits(chunks: readonly Chunk[]): Chain {
  const count = countOf(chunks);
  const start = chunks[0]?.first ?? 0;
  const span = (chunks.at(-1)?.last ?? 0) - start + 1;
  if (count < fewestWithBits || span > count * density) return { chunks };
  const bits = new Uint32Array(Math.ceil(span / 32));
  for (const { first, bytes, from, to } of chunks) {
    // The same as `eachPosting`, in place: this loop runs over all that a common term has.
    let place = first - start;
    for (let at = from; at < to;) {
      let byte = bytes[at++] ?? 0;
      let value = byte & 127;
      for (let shift = 7; byte > 127; shift += 7) {
        byte = bytes[at++] ?? 0;
        value |= (byte & 127) << shift;
      }
      at += value & 1;
      place += value >>> 1;
      bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31));
    }
  }
  return { chunks, bits };
}

/** How often a record holds a term. */
export function frequencyOf({ chains }: TermPostings, record: number): number {
  for (const { chunks } of chains) {
    let [low, high] = [0, chunks.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((chunks[middle]?.last ?? 0) < record) low = middle + 1;
      else high = middle;
    }
    const chunk = chunks[low];
    const found = chunk === undefined ? 0 : frequencyIn(chunk, record);
    if (found > 0) return found;
  }
  return 0;
}
