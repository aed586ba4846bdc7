import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judge, type Side } from "./judge.ts";

const side = (more: Partial<Side> = {}): Side => ({
  ms: Array.from({ length: 200 }, (_, i) => 5 + (i % 7) / 10),
  errors: 0,
  memoryMb: Array.from({ length: 20 }, () => 60),
  ...more,
});

describe("a release beside the one before it", () => {
  test("is as good as itself", () => {
    expect(judge(side(), side())).toBeNull();
    expect(judge(side({ errors: 3 }), side({ errors: 3 }))).toBeNull();
  });
  test.each([
    ["fails more often", side({ errors: 7 }), "7 of 207 requests failed, beside 0 of 200 before"],
    ["is slower", side({ ms: side().ms.map((ms) => ms + 3) }), "answers take 8.3 ms in the median, beside 5.3 ms"],
    [
      "grows",
      side({ memoryMb: Array.from({ length: 20 }, (_, i) => 60 + i * 10) }),
      "it holds 205 MB of memory, beside 60 MB before",
    ],
    ["says nothing", side({ ms: [] }), "no data: the new release answered 0 requests"],
  ])("is refused when it %s", (_what, candidate, said) => {
    expect(judge(candidate, side())).toContain(said);
  });
  test("is refused when the other says nothing: there is nothing to compare with", () => {
    expect(judge(side(), side({ ms: [] }))).toContain("no data: the release before it");
  });
  test("may have chance errors, and differ by what does not matter", () => {
    expect(judge(side({ errors: 3 }), side())).toBeNull();
    expect(judge(side({ ms: side().ms.map((ms) => ms + 0.9) }), side())).toBeNull();
    expect(judge(side({ memoryMb: side().memoryMb.map((mb) => mb + 40) }), side())).toBeNull();
  });
  test("may be slowed down in a few bursts, by whatever else the machine does", () => {
    // Two of twenty blocks.
    const hit = side({ ms: side().ms.map((ms, i) => (i % 100 < 10 ? ms + 400 : ms)) });
    expect(judge(hit, side())).toBeNull();
  });
  test("is allowed what is told to be allowed", () => {
    const slow = side({ ms: side().ms.map((ms) => ms + 3) });
    expect(judge(slow, side(), { maxSlower: 1 })).toBeNull();
  });
});

test("without one before it, only errors count", () => {
  expect(judge(side(), null)).toBeNull();
  expect(judge(side({ errors: 7 }), null)).toContain("7 of 207 requests failed");
});

test("the same source is hardly ever called worse", () => {
  let worse = 0;
  fc.assert(
    fc.property(fc.array(fc.double({ min: 1, max: 100, noNaN: true }), { minLength: 80, maxLength: 80 }), (values) => {
      if (judge(side({ ms: values.slice(0, 40) }), side({ ms: values.slice(40) })) !== null) worse += 1;
    }),
    { numRuns: 300, seed: 7 },
  );
  expect(worse).toBeLessThanOrEqual(6);
});
