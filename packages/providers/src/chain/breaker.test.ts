import fc from "fast-check";
import { expect, test } from "vitest";
import { virtualClock } from "@brainops/core/testing";
import { breaker, type Pass } from "./breaker.ts";

const must = (pass: Pass | undefined): Pass => {
  if (pass === undefined) throw new Error("it does not let in");
  return pass;
};

test("it opens after failures in a row, and lets one probe in when it has cooled", async () => {
  const clock = virtualClock();
  const it = breaker(clock, { failures: 3, coolingMs: 1_000 });
  for (let i = 0; i < 3; i++) must(it.enter()).failed();
  expect(it.state()).toMatchObject({ state: "open", openings: 1 });
  expect(it.enter()).toBeUndefined();
  await clock.advance(999);
  expect(it.enter()).toBeUndefined();
  await clock.advance(1);
  const probe = must(it.enter());
  expect(probe.probe).toBe(true);
  expect(it.enter()).toBeUndefined();
  probe.succeeded();
  expect(it.state().state).toBe("closed");
  expect(must(it.enter()).probe).toBe(false);
});

test("a probe that fails doubles the cooling, up to the most", async () => {
  const clock = virtualClock();
  const it = breaker(clock, { failures: 1, coolingMs: 1_000, maxCoolingMs: 3_000 });
  must(it.enter()).failed();
  const waits: number[] = [];
  for (let i = 0; i < 3; i++) {
    await clock.advance(it.state().until - clock.now());
    must(it.enter()).failed();
    waits.push(it.state().until - clock.now());
  }
  expect(waits).toEqual([2_000, 3_000, 3_000]);
});

test("a probe that is dropped leaves the next call to find out", async () => {
  const clock = virtualClock();
  const it = breaker(clock, { failures: 1, coolingMs: 1_000 });
  must(it.enter()).failed();
  await clock.advance(1_000);
  must(it.enter()).dropped();
  expect(must(it.enter()).probe).toBe(true);
});

test("a wait that the vendor asks for counts at once, also beyond the longest cooling", () => {
  const clock = virtualClock();
  const it = breaker(clock, { maxCoolingMs: 1_000 });
  must(it.enter()).failed(60_000);
  expect(it.state().until - clock.now()).toBe(60_000);
});

test("a late wait is honoured only while it is open and nobody finds out how it is", async () => {
  const clock = virtualClock();
  const it = breaker(clock, { failures: 1, coolingMs: 1_000 });
  const late = Array.from({ length: 4 }, () => must(it.enter()));
  late[0]?.failed();
  const { until } = it.state();
  late[1]?.failed();
  expect(it.state().until).toBe(until);
  await clock.advance(1_000);
  const probe = must(it.enter());
  late[2]?.failed(60_000);
  expect(it.state()).toMatchObject({ state: "half-open", until, probing: true });
  probe.succeeded();
  late[3]?.failed(60_000);
  expect(it.state()).toMatchObject({ state: "closed", until: 0 });
});

test("late answers cannot close it, but a late wait is honoured", async () => {
  const clock = virtualClock();
  const it = breaker(clock, { failures: 1, coolingMs: 1_000 });
  const [late, waiting] = [must(it.enter()), must(it.enter())];
  must(it.enter()).failed();
  late.succeeded();
  expect(it.state().state).toBe("open");
  waiting.failed(5_000);
  expect(it.state().until - clock.now()).toBe(5_000);
});

test("failures of calls that began before it closed again do not count", async () => {
  const clock = virtualClock();
  const it = breaker(clock, { failures: 2, coolingMs: 1_000 });
  const late = [must(it.enter()), must(it.enter()), must(it.enter())];
  for (let i = 0; i < 2; i++) must(it.enter()).failed();
  await clock.advance(1_000);
  must(it.enter()).succeeded();
  for (const pass of late) pass.failed();
  expect(it.state().state).toBe("closed");
});

test.each([0, 1_000_000])("failures in a row do not open it while most calls are answered, after %i ms", async (ms) => {
  const clock = virtualClock();
  const it = breaker(clock, { failures: 5 });
  await clock.advance(ms);
  for (let i = 0; i < 100; i++) must(it.enter()).succeeded();
  for (let i = 0; i < 50; i++) must(it.enter()).failed();
  expect(it.state().state).toBe("closed");
  for (let i = 0; i < 60; i++) it.enter()?.failed();
  expect(it.state().state).toBe("open");
});

type Event = { readonly does: "enter" | "succeed" | "fail" | "drop" | "wait"; readonly n: number };

test("whatever happens, nobody gets in while it cools, and never more than one probe", async () => {
  const event = fc.record<Event>({
    does: fc.constantFrom("enter", "succeed", "fail", "drop", "wait"),
    n: fc.nat(3_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 80 }), async (events) => {
      const clock = virtualClock();
      const it = breaker(clock, { failures: 2, coolingMs: 500, maxCoolingMs: 2_000 });
      const passes: Pass[] = [];
      for (const { does, n } of events) {
        if (does === "wait") await clock.advance(n);
        else if (does === "enter") {
          const before = it.state();
          const pass = it.enter();
          const free = before.state === "closed" || (before.state === "half-open" && !before.probing);
          expect(pass !== undefined).toBe(free);
          if (pass !== undefined) {
            expect(pass.probe).toBe(before.state === "half-open");
            passes.push(pass);
          }
        } else {
          const [pass] = passes.splice(n % Math.max(1, passes.length), 1);
          if (does === "succeed") pass?.succeeded();
          if (does === "fail") pass?.failed(n % 7 === 0 ? n : undefined);
          if (does === "drop") pass?.dropped();
        }
        const { state, until } = it.state();
        expect(state === "closed").toBe(until === 0);
      }
      // It never stays shut for good.
      for (const pass of passes) pass.dropped();
      await clock.advance(Math.max(0, it.state().until - clock.now()));
      it.enter()?.succeeded();
      expect(it.state().state).toBe("closed");
    }),
    { numRuns: 150 },
  );
});
