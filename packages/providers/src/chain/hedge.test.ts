import { describe, expect, test } from "vitest";
import { virtualClock, type VirtualClock } from "@brainops/core/testing";
import { budget, chain, type ChainOptions } from "@brainops/providers";
import { ask, failureOf, play } from "../test-support/play.ts";
import { timedModel, type TimedModel, type Turn } from "../test-support/timed-model.ts";

const pair = (
  clock: VirtualClock,
  a: (call: number) => Turn,
  b: (call: number) => Turn,
  options: ChainOptions,
): readonly [TimedModel, TimedModel, ReturnType<typeof chain>] => {
  const models = [timedModel("a", clock, a), timedModel("b", clock, b)] as const;
  return [...models, chain(models, { clock, ...options })];
};

describe("hedging", () => {
  test("asks the next when the first is slower than its usual p95, takes the first answer and cancels the other", async () => {
    const clock = virtualClock();
    const [a, , model] = pair(
      clock,
      (call) => ({ ms: call <= 20 ? call * 10 : 60_000 }),
      () => ({ ms: 50 }),
      { hedge: true },
    );
    for (let i = 0; i < 20; i++) await play(clock, model.generate(ask));
    const began = clock.now();
    const response = await play(clock, model.generate(ask));
    // Nineteen of twenty answers came within 190 ms.
    expect(clock.now() - began).toBe(190 + 50);
    expect(response.model.name).toBe("b");
    expect(response.attempts).toMatchObject([
      {
        model: "a",
        outcome: "cancelled",
        error: { code: "aborted", message: expect.stringContaining("may be billed") },
      },
      { model: "b", outcome: "answered", note: "a had not answered after 190 ms" },
    ]);
    expect(a).toMatchObject({ open: 0, stopped: 1 });
  });

  test("the one that was cancelled is remembered with what its prompt may cost, and booked", async () => {
    const clock = virtualClock();
    const rate = { input: 1_000_000, output: 1_000_000 };
    const prices = { date: "2026-01-01", prices: { a: rate, b: rate } };
    const limits = budget({ clock, perDay: { usd: 1e9 } });
    const [, , model] = pair(
      clock,
      () => ({ ms: 60_000 }),
      () => ({ ms: 50, usage: { inputTokens: 2, outputTokens: 1 } }),
      { hedge: { afterMs: 100 }, prices, budget: limits },
    );
    const { attempts } = await play(clock, model.generate({ messages: [{ role: "user", content: "1234567" }] }));
    // Seven characters are taken for two tokens.
    expect(attempts).toMatchObject([
      { outcome: "cancelled", ms: 150, cost: 2 },
      { outcome: "answered", cost: 3 },
    ]);
    expect(limits.spent()).toEqual({ tokens: 5, usd: 5 });
  });

  test("a hedge that the budget does not allow leaves the first call alone", async () => {
    const clock = virtualClock();
    const limits = budget({ clock, perDay: { tokens: 150 }, assumedOutputTokens: 100 });
    const [, b, model] = pair(
      clock,
      () => ({ ms: 500 }),
      () => ({}),
      { hedge: { afterMs: 100 }, budget: limits },
    );
    const response = await play(clock, model.generate(ask));
    expect(response.model.name).toBe("a");
    expect(response.attempts).toMatchObject([{ model: "b", error: { code: "budget_exceeded" } }, { model: "a" }]);
    expect(b.asked).toBe(0);
  });

  test("nothing is hedged before the usual time is known, nor unless it is wanted", async () => {
    for (const options of [{ hedge: true }, {}] as const) {
      const clock = virtualClock();
      const [, b, model] = pair(
        clock,
        () => ({ ms: 100 }),
        () => ({}),
        options,
      );
      for (let i = 0; i < 10; i++) await play(clock, model.generate(ask));
      expect(b.asked).toBe(0);
    }
  });

  test("the slow one may still win", async () => {
    const clock = virtualClock();
    const [, b, model] = pair(
      clock,
      () => ({ ms: 120 }),
      () => ({ ms: 500 }),
      { hedge: { afterMs: 100 } },
    );
    const response = await play(clock, model.generate(ask));
    expect(response.model.name).toBe("a");
    expect(b).toMatchObject({ asked: 1, open: 0, stopped: 1 });
  });

  test("when both fail the chain goes on as usual", async () => {
    const clock = virtualClock();
    const fails = (): Turn => ({ ms: 150, fail: "overloaded" });
    const [, , model] = pair(clock, fails, fails, { hedge: { afterMs: 100 }, rounds: 1 });
    const error = await play(clock, failureOf(model.generate(ask)));
    expect(error).toMatchObject({ code: "no_model", details: { attempts: [{ model: "a" }, { model: "b" }] } });
  });

  test("an error that stops the chain stops the other too", async () => {
    const clock = virtualClock();
    const [a, b, model] = pair(
      clock,
      () => ({ ms: 9_000 }),
      () => ({ ms: 10, fail: "content_filter" }),
      { hedge: { afterMs: 100 } },
    );
    expect((await play(clock, failureOf(model.generate(ask)))).code).toBe("content_filter");
    expect([a.open, b.open, a.stopped]).toEqual([0, 0, 1]);
  });

  test("the caller's abort stops both", async () => {
    const clock = virtualClock();
    const [a, b, model] = pair(
      clock,
      () => ({ ms: 9_000 }),
      () => ({ ms: 9_000 }),
      { hedge: { afterMs: 100 } },
    );
    const stopper = new AbortController();
    const failed = failureOf(model.generate(ask, { signal: stopper.signal }));
    await clock.advance(500);
    stopper.abort();
    expect((await failed).code).toBe("aborted");
    expect([a.stopped, b.stopped]).toEqual([1, 1]);
  });

  test("a stream is raced to its first part, and only the winner is heard", async () => {
    const clock = virtualClock();
    const [a, , model] = pair(
      clock,
      () => ({ ms: 300, texts: ["a1", "a2"] }),
      () => ({ ms: 50, texts: ["b1", "b2"] }),
      { hedge: { afterMs: 100 } },
    );
    const texts: string[] = [];
    const listen = async (): Promise<void> => {
      for await (const part of model.stream(ask)) if (part.type === "text") texts.push(part.text);
    };
    await play(clock, listen());
    expect(texts).toEqual(["b1", "b2"]);
    expect(a).toMatchObject({ open: 0, stopped: 1 });
  });
});
