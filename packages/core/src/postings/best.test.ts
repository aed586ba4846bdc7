import { expect, test } from "vitest";
import { inverseFrequency } from "../recall/inverse-frequency.ts";
import { findBest, type Best } from "./best.ts";
import { chainsOf, type TermPostings } from "./chain.ts";
import { packChunks, type Chunk } from "./chunk.ts";

const records = 34_000;

/** Numbers that look like chance, the same each time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Terms that stand in these shares of all records; packed in pieces of so many records, as segments are. */
function postingsOf(shares: readonly number[], piece: number, random: () => number, from = 0): TermPostings[] {
  return shares.map((share, index) => {
    const held = Array.from({ length: records }, (_, record) => record).filter(() => random() < share);
    // Some are in a piece where they do not belong, as those that were written again.
    const pieces = Map.groupBy(held, (record) =>
      random() < 0.001 ? Math.floor(random() * 60) : Math.floor(record / piece),
    );
    const chunks = [...pieces.values()].flatMap((some) =>
      packChunks(index, {
        records: some.map((record) => from + record),
        frequencies: some.map(() => 1 + Math.floor(random() * 3)),
      }),
    );
    return { index, holding: held.length, idf: inverseFrequency(records, held.length), chains: chainsOf(chunks) };
  });
}

/** The best by looking at all. */
function lookAtAll(
  terms: readonly TermPostings[],
  idOf: (record: number) => string,
  k: number,
  gone?: ReadonlySet<number>,
): string[] {
  const scores = new Float64Array(records);
  for (const { chains, idf } of terms)
    for (const record of chains.flatMap(({ chunks }) => chunks.flatMap((chunk) => [...recordsOf(chunk)])))
      scores[record] = (scores[record] ?? 0) + idf;
  for (const record of gone ?? []) scores[record] = 0;
  const enough = scores.toSorted().at(-k) ?? 0;
  return [...scores.entries()]
    .filter(([, score]) => score >= enough)
    .map(([record, score]) => ({ id: idOf(record), score }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .slice(0, k)
    .map(({ id, score }) => `${id} ${score}`);
}

function answer(
  search: Generator<readonly number[], Best, string>,
  greatestId: (of: readonly number[]) => string,
): Best {
  let step = search.next();
  while (step.done !== true) step = search.next(greatestId(step.value));
  return step.value;
}

function* recordsOf({ first, bytes, from, to }: Chunk): Generator<number> {
  let record = first;
  for (let at = from; at < to;) {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += value & 1;
    yield (record += value >>> 1);
  }
}

const ids: { readonly [how: string]: (record: number) => string } = {
  "grow with numbers": (record) => String(record).padStart(8, "0"),
  "grow but for some": (record) => String(record % 9000 === 8999 ? record - 8000 : record).padStart(8, "0") + record,
  "come in any order": (record) => (Math.imul(record + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0"),
};

test.each(Object.entries(ids))("finds what looking at all finds, when ids %s", (_, idOf) => {
  const least = Array.from({ length: Math.ceil(records / 256) + 1 }, () => "~");
  for (let record = records - 1; record >= 0; record--) {
    const range = Math.floor(record / 256);
    least[range] = [least[range] ?? "~", least[range + 1] ?? "~", idOf(record)].sort()[0] ?? "";
  }
  let asked = 0;
  const greatestId = (some: readonly number[]): string => (asked++, some.map(idOf).sort().at(-1) ?? "");
  const leastIdFrom = (record: number): string => least[Math.floor(record / 256)] ?? "~";
  for (const [seed, shares] of [[0.9], [0.6, 0.5, 0.4], [0.001, 0.5, 0.5], [0.02, 0.03, 0.04, 0.05, 0.05]].entries()) {
    const terms = postingsOf(shares, 1024, randomFrom(seed + 1));
    const whole = lookAtAll(terms, idOf, 50);
    for (const [k, gone] of [[1], [50], [50, new Set([0, 1, 2, 5, 77, 1024, 9000, 9001])]] as const) {
      const best = gone === undefined ? whole : lookAtAll(terms, idOf, 50, gone);
      const { ties } = answer(findBest(terms, k, { leastIdFrom, ...(gone === undefined ? {} : { gone }) }), greatestId);
      const found = ties.flatMap(({ score, records }) =>
        records
          .map((record) => idOf(record))
          .sort()
          .map((id) => `${id} ${score}`),
      );
      expect(found.slice(0, k)).toEqual(best.slice(0, k));
      // Without bounds nothing is asked, and the same is found.
      if (gone === undefined) continue;
      const { ties: all } = answer(findBest(terms, k, { gone }), () => "never asked");
      expect(all.flatMap(({ records }) => records.map(idOf).sort()).slice(0, k)).toEqual(
        ties.flatMap(({ records }) => records.map(idOf).sort()).slice(0, k),
      );
    }
  }
  // Otherwise what ends early was not tested.
  expect(asked).toBeGreaterThan(0);
});

test("the same is found where record numbers need more than 31 bits, and where they begin to", () => {
  for (const shares of [[0.9], [0.6, 0.5, 0.4], [0.02, 0.03, 0.05]])
    for (const from of [2 ** 31 - 17_000, 2 ** 40]) {
      const near = answer(findBest(postingsOf(shares, 1024, randomFrom(7)), 50), () => "never asked");
      const far = answer(findBest(postingsOf(shares, 1024, randomFrom(7), from), 50), () => "never asked");
      const moved = far.ties.map(({ score, records }) => ({ score, records: records.map((record) => record - from) }));
      expect(moved).toEqual(near.ties.map(({ score, records }) => ({ score, records })));
    }
});
