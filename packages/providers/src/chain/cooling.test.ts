import { describe, expect, test } from "vitest";
import { virtualClock } from "@brainops/core/testing";
import { chain } from "@brainops/providers";
import { ask, failureOf, play } from "../test-support/play.ts";
import { timedModel } from "../test-support/timed-model.ts";

const start = Date.UTC(2026, 0, 1);
const fixed = { random: () => 1 };

describe("cooling", () => {
  test("a model that keeps failing is left alone, and the attempts say so; also a fallback", async () => {
    const clock = virtualClock(start);
    const [a, b] = [timedModel("a", clock, [{ fail: "network" }]), timedModel("b", clock, [{ fail: "overloaded" }])];
    const model = chain([a, b, timedModel("c", clock, [{}])], { clock });
    for (let i = 0; i < 8; i++) await model.generate(ask);
    expect([a.asked, b.asked]).toEqual([5, 5]);
    const { attempts } = await model.generate(ask);
    expect(attempts).toMatchObject([
      { model: "a", outcome: "skipped", error: { message: expect.stringContaining("cools for 5000 ms") } },
      { model: "b", outcome: "skipped" },
      { model: "c", outcome: "answered" },
    ]);
  });

  test("retry-after is honoured by every call", async () => {
    const clock = virtualClock(start);
    const a = timedModel("a", clock, [{ fail: "rate_limit", retryAfterMs: 20_000 }, {}]);
    const model = chain([a, timedModel("b", clock, [{}])], { clock });
    await model.generate(ask);
    await clock.advance(19_999);
    expect((await model.generate(ask)).model.name).toBe("b");
    await clock.advance(1);
    const response = await model.generate(ask);
    expect(response.model.name).toBe("a");
    expect(response.attempts?.[0]?.note).toContain("cooling");
  });

  test("when all cool, calls wait for the first of them, within the deadline", async () => {
    const clock = virtualClock(start);
    const a = timedModel("a", clock, [{ fail: "rate_limit", retryAfterMs: 9_000 }, {}]);
    const b = timedModel("b", clock, [{ fail: "rate_limit", retryAfterMs: 4_000 }, {}]);
    const response = await play(clock, chain([a, b], { clock }).generate(ask));
    expect(response.model.name).toBe("b");
    expect(clock.now() - start).toBe(4_000);
  });

  test("when the first would be too late it fails at once, and says when to come back", async () => {
    const clock = virtualClock(start);
    const a = timedModel("a", clock, [{ fail: "rate_limit", retryAfterMs: 50_000 }]);
    const error = await failureOf(chain([a], { clock, deadlineMs: 5_000 }).generate(ask));
    expect(error).toMatchObject({ code: "no_model", details: { retryAfterMs: 50_000 } });
    expect(clock.now()).toBe(start);
  });

  test("a wait may take as long as the deadline, unless it is told otherwise", async () => {
    const clock = virtualClock(start);
    const a = timedModel("a", clock, [{ fail: "rate_limit", retryAfterMs: 500_000 }, {}]);
    const response = await play(clock, chain([a], { clock }).generate(ask));
    expect(response.attempts?.map((one) => one.startedAt - start)).toEqual([0, 500_000]);
  });

  test("all waits of a call together are limited", async () => {
    const clock = virtualClock(start);
    const a = timedModel("a", clock, [{ fail: "rate_limit", retryAfterMs: 20_000 }]);
    const error = await play(clock, failureOf(chain([a], { clock, rounds: 9, waitMs: 30_000 }).generate(ask)));
    // The second wait of 20 seconds would be beyond the 30 that a call may wait.
    expect(error).toMatchObject({ code: "no_model", details: { retryAfterMs: 20_000 } });
    expect(clock.now() - start).toBe(20_000);
  });

  test("an abort is no failure: the model is not left alone for it", async () => {
    const clock = virtualClock(start);
    const a = timedModel("a", clock, (call) => (call <= 20 ? { ms: 1_000 } : {}));
    const model = chain([a], { clock });
    for (let i = 0; i < 20; i++) {
      const stopper = new AbortController();
      const error = failureOf(model.generate(ask, { signal: stopper.signal }));
      await clock.advance(10);
      stopper.abort();
      expect((await error).code).toBe("aborted");
    }
    expect((await model.generate(ask)).text).toBe("a says.");
    expect(a).toMatchObject({ asked: 21, open: 0, stopped: 20 });
  });

  test("a request's own fault does not count against the model", async () => {
    const clock = virtualClock(start);
    const a = timedModel("a", clock, (call) => (call <= 20 ? { fail: "invalid_request" } : {}));
    const model = chain([a], { clock });
    for (let i = 0; i < 20; i++) await failureOf(model.generate(ask));
    expect((await model.generate(ask)).text).toBe("a says.");
  });

  test("which errors count can be changed", async () => {
    const clock = virtualClock(start);
    const a = timedModel("a", clock, [{ fail: "network" }]);
    const model = chain([a, timedModel("b", clock, [{}])], { clock, breaker: { counts: { network: false } } });
    for (let i = 0; i < 9; i++) await model.generate(ask);
    expect(a.asked).toBe(9);
  });

  test("a hundred calls at once: one probe finds out, the others wait for it and are answered", async () => {
    const clock = virtualClock(start);
    const a = timedModel("a", clock, (call) => (call <= 5 ? { fail: "overloaded" } : { ms: 300 }));
    const model = chain([a], { ...fixed, clock, rounds: 1 });
    for (let i = 0; i < 5; i++) await failureOf(model.generate(ask));
    const calls = Array.from({ length: 100 }, () => model.generate(ask));
    await clock.advance(5_000);
    expect(a.asked).toBe(6);
    const all = await play(clock, Promise.all(calls));
    expect(all.every((response) => response.text === "a says.")).toBe(true);
    expect(clock.now() - start).toBe(5_600);
  });
});
