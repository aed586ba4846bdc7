import { expect, test } from "vitest";
import { historyProblems, readLedger, repeats } from "./lib/cluster-check.ts";

test("the ledger tells an effect that was done again from a late call of a worker that was paused", () => {
  const lines = readLedger('1\t9\t"do"\t"k"\n2\t9\t"done"\t"k"\n5000\t8\t"do"\t"k"\nbro');
  expect(repeats(lines, [])).toEqual({ repeated: ["k"], late: [] });
  expect(repeats(lines, [{ pid: 8, at: 1, until: 4900 }])).toEqual({ repeated: [], late: ["k"] });
});

test("the history tells an acknowledged entry that is not there, and one by another than the owner", () => {
  const lines = readLedger('1\t9\t"entry"\t"r"\t1\t"h"\t""\n2\t8\t"entry"\t"r"\t2\t"i"\t""');
  const owned = readLedger('1\t9\t"entry"\t"r"\t1\t"h"\t"owner"');
  const common = { at: 1, commitment: "" };
  const journal = [
    { ...common, type: "run-started", position: 0, hash: "g" },
    { ...common, type: "run-taken", position: 1, hash: "h", owner: "owner", epoch: 1 },
    { ...common, type: "noted", position: 2, hash: "x" },
  ] as never;
  const found = historyProblems("r", journal, lines, owned).join("\n");
  expect(found).toContain("acknowledged entry 2 was lost");
  expect(found).toContain("entry 2 is by 8, not its owner 9");
});
