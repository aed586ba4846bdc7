import { describe, expect, test } from "vitest";
import { readLedger, repeats } from "./lib/cluster-check.ts";
import { runCluster } from "./lib/cluster-run.ts";
import { randomFrom } from "../examples/reference/src/torture/kill-run.ts";
import { historyFaults, type Operation } from "./lib/cluster-history.ts";

test("the ledger tells an effect that was done again from a late call of a former owner", () => {
  const lines = (epoch: number) =>
    readLedger(`1\t9\t"do"\t"k"\t2\n2\t9\t"done"\t"k"\t2\n5000\t8\t"do"\t"k"\t${epoch}\nbro`);
  expect(repeats(lines(2))).toMatchObject({ repeated: ["k"], late: [] });
  expect(repeats(lines(3))).toMatchObject({ repeated: ["k"], late: [] });
  expect(repeats(lines(1))).toMatchObject({ repeated: [], late: ["k"] });
});

test("the ledger tells an effect that is said to be done and was not, and one that was begun again", () => {
  const lines = readLedger('1\t9\t"do"\t"k"\t1\n2\t8\t"do"\t"k"\t2\n3\t8\t"done"\t"k"\t2\n4\t8\t"done"\t"l"\t2\n');
  expect(repeats(lines)).toEqual({ repeated: [], late: [], again: 1, without: ["l"] });
});

describe("the history of a run", () => {
  type Short = readonly [Operation["kind"], worker: string, epoch: number, position: number, hash?: string];
  const kept = [0, 1, 2, 3, 4, 5].map((position) => ({ hash: `h${position}` }));
  const faults = (...short: Short[]): string =>
    historyFaults(
      "r",
      short.map(([kind, worker, epoch, position, hash = `h${position}`]) => ({
        kind,
        run: "r",
        worker,
        epoch,
        position,
        hash,
        at: position,
      })),
      kept,
    ).join("\n");

  test("of two owners, one after the other, is well, in whatever order they were told", () => {
    const well: Short[] = [
      ["append", "feeder", 0, 0],
      ["claim", "a", 1, 1],
      ["append", "a", 1, 2],
      ["claim", "b", 2, 3],
      ["append", "b", 2, 4],
      ["finish", "b", 2, 5],
    ];
    expect(faults(...well)).toBe("");
    expect(faults(...well.toReversed())).toBe("");
  });

  test("in which a claim was not acknowledged is well", () => {
    expect(faults(["claim", "a", 1, 1], ["claim", "c", 3, 4], ["finish", "c", 3, 5])).toBe("");
  });

  test.each<[string, RegExp, Short[]]>([
    [
      "two writers at one position",
      /two writers: a wrote/,
      [
        ["append", "a", 1, 2],
        ["append", "b", 2, 2],
      ],
    ],
    [
      "two writers in one epoch",
      /belongs to a: two writers/,
      [
        ["claim", "a", 1, 1],
        ["append", "b", 1, 2],
      ],
    ],
    [
      "an epoch that was claimed twice",
      /claimed before by a/,
      [
        ["claim", "a", 1, 1],
        ["claim", "b", 1, 2],
      ],
    ],
    [
      "epochs out of order",
      /begins before epoch 1/,
      [
        ["claim", "a", 1, 3],
        ["claim", "b", 2, 2],
      ],
    ],
    [
      "an entry by a former owner",
      /former owner: b/,
      [
        ["claim", "a", 1, 1],
        ["claim", "b", 2, 2],
        ["append", "a", 1, 3],
      ],
    ],
    [
      "an entry before its claim",
      /before the claim/,
      [
        ["append", "a", 1, 1],
        ["claim", "a", 1, 2],
      ],
    ],
    ["a lost entry", /entry is lost/, [["append", "a", 1, 9]]],
    ["an entry that was replaced", /entry is lost/, [["append", "a", 1, 2, "other"]]],
    [
      "two ends",
      /finished twice/,
      [
        ["finish", "a", 1, 5],
        ["finish", "b", 2, 5],
      ],
    ],
    [
      "an entry after the end",
      /after the end/,
      [
        ["finish", "a", 1, 4],
        ["append", "a", 1, 5],
      ],
    ],
  ])("with %s is told", (_, told, history) => {
    expect(faults(...history)).toMatch(told);
  });
});

test(
  "three workers of which one is killed and all are cut off lose nothing and do nothing finished again",
  { timeout: 120_000 },
  async () => {
    const strikes = { kills: 1, pauses: 0, restarts: 0, cuts: 1 };
    const [runs, workers, leaseMs, effectMs] = [40, 3, 2000, 150];
    const common = { runs, workers, leaseMs, effectMs, patienceMs: 90_000, random: randomFrom(3) };
    const { problems, finished, hits, claims } = await runCluster({ ...common, ...strikes, dispatch: "store" });
    expect(problems).toEqual([]);
    expect(finished).toBe(runs);
    expect(hits.kills + hits.cuts).toBeGreaterThan(0);
    expect(claims).toBeGreaterThanOrEqual(runs);
  },
);
