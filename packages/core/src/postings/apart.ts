import { eachPosting, packChunks, type Chunk } from "./chunk.ts";

/**
 * Chunks in the order of their terms and first records, as chunks of which no two of one term overlap: so the last that begins
 * no later than a record is the only one that may hold it. Those that do not overlap any other are given as they are.
 */
export function* apart(chunks: Iterable<Chunk>): Generator<Chunk> {
  let run: Chunk[] = [];
  let last = -1;
  for (const chunk of chunks) {
    if (run[0]?.term === chunk.term && chunk.first <= last) {
      run.push(chunk);
      last = Math.max(last, chunk.last);
      continue;
    }
    yield* joined(run);
    run = [chunk];
    ({ last } = chunk);
  }
  yield* joined(run);
}

function joined(run: readonly Chunk[]): readonly Chunk[] {
  const [head] = run;
  if (head === undefined || run.length === 1) return run;
  const all: (readonly [record: number, frequency: number])[] = [];
  for (const chunk of run) eachPosting(chunk, (record, frequency) => void all.push([record, frequency]));
  all.sort(([a], [b]) => a - b);
  return packChunks(head.term, {
    records: all.map(([record]) => record),
    frequencies: all.map(([, frequency]) => frequency),
  });
}
