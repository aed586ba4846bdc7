import { expect, test } from "vitest";
import { budgetLeft, burning, tallied, type Tally } from "@brainops/nodes";

const minute = 60_000;
const now = 100 * 24 * 60 * minute;

/** A look each ten seconds for some minutes up to now, of which some share is bad. */
function looks(minutes: number, bad: (at: number) => boolean): readonly Tally[] {
  let tallies: readonly Tally[] = [];
  for (let at = now - minutes * minute; at < now; at += 10_000)
    tallies = tallied(tallies, at, bad(at) ? { good: 0, bad: 1 } : { good: 1, bad: 0 });
  return tallies;
}

test("a service that is away is a page within minutes, and a ticket once it is back", () => {
  const since = now - 2 * minute;
  const down = looks(6 * 60, (at) => at >= since);
  expect(burning(down, now, 0.999)).toMatchObject({ rule: { severity: "page", burn: 14.4 } });
  // The long window still remembers; the short one says that it is over.
  expect(burning(down, now + 10 * minute, 0.999)?.rule.severity).toBe("ticket");
});

test("one bad look is no fault; a slow leak is a ticket", () => {
  expect(
    burning(
      looks(60, (at) => at === now - minute),
      now,
      0.999,
    ),
  ).toBeNull();
  const leak = looks(3 * 24 * 60, (at) => (at / 10_000) % 400 === 0);
  expect(burning(leak, now, 0.999)).toMatchObject({ rule: { severity: "ticket" } });
});

test("says how much is left, and stays small over a month", () => {
  let tallies: readonly Tally[] = [];
  const month = 30 * 24 * 60;
  for (let i = 0; i < month; i += 7) tallies = tallied(tallies, now - (month - i) * minute, { good: 1_999, bad: 1 });
  expect(budgetLeft(tallies, now, 0.999)).toBeCloseTo(0.5, 2);
  expect(budgetLeft(tallies, now, 0.9995)).toBeCloseTo(0, 2);
  expect(budgetLeft([], now, 0.999)).toBe(1);
  expect(tallies.length).toBeLessThan(1_100);
});
