import { expect, test } from "vitest";
import type { Counters, MemoryRecord } from "../contracts/record.ts";
import { confidenceNow, importanceNow } from "./index.ts";
import { standing } from "./standing.ts";

const day = 86_400_000;
const none: Counters = { uses: 0, tries: 0, successes: 0 };
const record: MemoryRecord = {
  id: "a",
  kind: "learning",
  scope: "acme",
  text: "Deploys time out.",
  data: {},
  tags: [],
  importance: 0.5,
  confidence: 0.6,
  trust: "model",
  subjects: [],
  provenance: {},
  createdAt: 0,
  version: 1,
};

test("importance is what the author said, then fades with time, and grows by use and good outcomes", () => {
  expect(importanceNow(record, none, 0)).toBeCloseTo(0.5, 10);
  const year = importanceNow(record, none, 365 * day);
  // Half of the log odds: 1 / (1 + 366 ^ (1 / 4)).
  expect(year).toBeCloseTo(1 / (1 + 366 ** 0.25), 10);
  expect(importanceNow(record, none, 30 * day)).toBeGreaterThan(year);
  const used = importanceNow(record, { ...none, uses: 3 }, 365 * day);
  expect(used).toBeGreaterThan(year);
  expect(importanceNow(record, { uses: 3, tries: 2, successes: 2 }, 365 * day)).toBeGreaterThan(used);
  expect(importanceNow(record, { uses: 3, tries: 2, successes: 0 }, 365 * day)).toBe(used);
});

test("what its author holds for all that matters never fades, and what nobody needs never grows", () => {
  expect(importanceNow({ ...record, importance: 1 }, none, 1e6 * day)).toBe(1);
  expect(importanceNow({ ...record, importance: 0 }, { ...none, uses: 1e6 }, 0)).toBe(0);
});

test("confidence is moved by outcomes, whose order does not matter; an error's sightings are none", () => {
  expect(confidenceNow(record, none)).toBeCloseTo(0.6, 10);
  expect(confidenceNow(record, { uses: 0, tries: 8, successes: 8 })).toBeCloseTo((2.4 + 8) / 12, 10);
  expect(confidenceNow(record, { uses: 0, tries: 8, successes: 0 })).toBeCloseTo(2.4 / 12, 10);
  expect(confidenceNow({ ...record, kind: "error" }, { uses: 0, tries: 80, successes: 0 })).toBeCloseTo(0.6, 10);
});

test("without tries nothing is gained or lost; each factor moves a score by a quarter at most", () => {
  const product = (kind: MemoryRecord["kind"], counters: Counters): number =>
    standing({ ...record, kind, confidence: 1 }, counters, 0).reduce((all, { by }) => all * by, 1);
  expect(product("solution", none)).toBeCloseTo(1, 10);
  expect(product("learning", { uses: 0, tries: 8, successes: 8 })).toBeGreaterThan(1.1);
  expect(product("learning", { uses: 0, tries: 8, successes: 0 })).toBeLessThan(0.85);
  expect(product("error", { uses: 0, tries: 8, successes: 0 })).toBeCloseTo(1, 10);
  for (const { by } of standing(record, { uses: 1e9, tries: 1e9, successes: 0 }, 0))
    expect(Math.abs(by - 1)).toBeLessThanOrEqual(0.25);
  expect(standing(record, { uses: 0, tries: 4, successes: 3 }, 0).map(({ why }) => why)).toContain(
    "judged: 3 of 4 speak for it",
  );
});
