import fc from "fast-check";
import { expect, test } from "vitest";
import { apart, eachPosting, packChunks, type Chunk } from "./index.ts";

const entriesOf = (chunks: readonly Chunk[]): [number, number, number][] =>
  chunks.flatMap((chunk) => {
    const entries: [number, number, number][] = [];
    eachPosting(chunk, (record, frequency) => void entries.push([chunk.term, record, frequency]));
    return entries;
  });

test("chunks that overlap become chunks that do not, with the same in them", () => {
  const owners = fc.array(
    fc.record({ term: fc.integer({ min: 1, max: 2 }), list: fc.nat(4), times: fc.integer({ min: 1, max: 3 }) }),
    { maxLength: 1200 },
  );
  fc.assert(
    fc.property(owners, (given) => {
      // Each record is in one of the lists.
      const lists = new Map<string, { term: number; records: number[]; frequencies: number[] }>();
      for (const [record, { term, list, times }] of given.entries()) {
        const key = `${term} ${list}`;
        const found = lists.get(key) ?? { term, records: [], frequencies: [] };
        lists.set(key, found);
        found.records.push(record);
        found.frequencies.push(times);
      }
      const chunks = [...lists.values()].flatMap(({ term, ...postings }) => packChunks(term, postings));
      chunks.sort((a, b) => a.term - b.term || a.first - b.first);
      const parted = [...apart(chunks)];
      const inOrder = entriesOf(chunks).sort(([a, b], [c, d]) => a - c || b - d);
      expect(entriesOf(parted)).toEqual(inOrder);
      for (const [i, chunk] of parted.entries()) {
        const next = parted[i + 1];
        if (next?.term === chunk.term) expect(next.first).toBeGreaterThan(chunk.last);
      }
    }),
    { numRuns: 50 },
  );
});

test("chunks that do not overlap are given as they are", () => {
  const chunks = [
    packChunks(1, { records: [1, 5], frequencies: [1, 1] }),
    packChunks(1, { records: [6], frequencies: [2] }),
  ].flat();
  expect([...apart(chunks)]).toEqual(chunks);
  expect([...apart(chunks)][0]).toBe(chunks[0]);
});
