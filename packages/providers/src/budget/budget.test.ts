import { setImmediate as nextTick } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isBrainOpsError, type Model, type ModelResponse, type Usage } from "@brainops/core";
import { virtualClock } from "@brainops/core/testing";
import { budget, chain, costOf, defaultPrices, type BudgetOptions, type PriceTable } from "@brainops/providers";
import { memoryStorage } from "../test-support/memory-storage.ts";
import { ask, failureOf, heard, play } from "../test-support/play.ts";
import { timedModel } from "../test-support/timed-model.ts";

/** One dollar a million input tokens, ten for output: easy to reckon with. */
const prices: PriceTable = {
  date: "2026-01-01",
  prices: { "a-1": { input: 1, output: 10 }, free: { input: 0, output: 0 } },
};
const usage = { inputTokens: 1_000, outputTokens: 100 };
const each = 0.002;

const make = (options: BudgetOptions, counts: Usage = usage) => {
  const clock = virtualClock();
  const limits = budget({ clock, assumedOutputTokens: 100, ...options });
  const a = timedModel("a", clock, [{ usage: counts }]);
  return { clock, limits, a, model: chain([a], { clock, prices, budget: limits }) };
};

describe("budget", () => {
  test("books what was used, in tokens and dollars, and says it in the attempts", async () => {
    const { limits, model } = make({ perDay: { usd: 1 } });
    const response = await model.generate(ask);
    expect(response.attempts).toMatchObject([{ model: "a", cost: each }]);
    expect(limits.spent()).toEqual({ tokens: 1_100, usd: each });
  });

  test.each<[string, BudgetOptions]>([
    ["dollars a day", { perDay: { usd: each * 3 } }],
    ["tokens a day", { perDay: { tokens: 3_400 } }],
  ])("over %s it is an error before the call", async (_name, options) => {
    const { a, model } = make(options);
    for (let i = 0; i < 3; i++) await model.generate(ask).catch(() => undefined);
    const before = a.asked;
    const error = await failureOf(model.generate(ask));
    expect(error).toMatchObject({ code: "budget_exceeded", details: { attempts: [{ outcome: "skipped" }] } });
    expect(error.message).toContain("Nothing was sent");
    expect(a.asked).toBe(before);
    expect(before).toBeGreaterThan(1);
  });

  test("a count that the vendor does not give is booked as it was guessed", async () => {
    const { limits, model, a } = make({ perDay: { tokens: 250, usd: 1 } }, { inputTokens: null, outputTokens: null });
    await model.generate(ask);
    await model.generate(ask);
    // Three tokens of prompt, a hundred of answer.
    expect(limits.spent()).toEqual({ tokens: 206, usd: 0.002_006 });
    expect((await failureOf(model.generate(ask))).code).toBe("budget_exceeded");
    expect(a.asked).toBe(2);
  });

  test("a stream that was cut, or left, costs its prompt and what it had said", async () => {
    const clock = virtualClock();
    const limits = budget({ clock, perDay: { tokens: 10_000 } });
    const a = timedModel("a", clock, [{ texts: ["x".repeat(350)], fail: "stream_truncated" }, { texts: ["x", "y"] }]);
    const model = chain([a], { clock, prices, budget: limits });
    await failureOf(heard(model.stream(ask)));
    expect(limits.spent().tokens).toBe(3 + 100);
    for await (const part of model.stream(ask)) if (part.type === "text") break;
    expect(limits.spent().tokens).toBe(3 + 100 + 3 + 1);
  });

  test("a new day has a new budget", async () => {
    const { clock, model } = make({ perDay: { tokens: 1_100 } });
    await model.generate(ask);
    expect((await failureOf(model.generate(ask))).code).toBe("budget_exceeded");
    await clock.advance(24 * 3_600_000);
    expect((await model.generate(ask)).text).toBe("a says.");
  });

  test.each<[string, (model: Model, run: string, scope: string) => Promise<ModelResponse>]>([
    ["as the call says", (model, run, scope) => model.generate(ask, { run, scope })],
    ["as its metadata say", (model, run, scope) => model.generate({ ...ask, metadata: { run, scope } })],
    [
      "through a chain in the chain",
      (model, run, scope) => chain([model], { name: "outer" }).generate(ask, { run, scope }),
    ],
  ])("runs and scopes have their own, %s; a scope counts for those above it", async (_how, asks) => {
    const { limits, model } = make({
      perRun: { tokens: 2_250 },
      scopes: { acme: { tokens: 4_000 }, other: { tokens: 9 } },
    });
    const of = (run: string, scope: string) => asks(model, run, scope);
    await of("r1", "acme/shop");
    await of("r1", "acme/shop");
    expect((await failureOf(of("r1", "acme/shop"))).message).toContain("run r1");
    await of("r2", "acme/bank");
    expect(limits.spent({ scope: "acme" }).tokens).toBe(3_300);
    await of("r3", "acmecorp");
    expect((await of("r4", "acme/x").then(() => limits.spent({ scope: "acme" }))).tokens).toBe(4_400);
    expect((await failureOf(of("r5", "acme"))).message).toContain("scope acme");
  });

  test("a call's budget covers all of its tries", async () => {
    const clock = virtualClock();
    const a = timedModel("a", clock, [{ ms: 10, fail: "timeout" }]);
    const long = { messages: [{ role: "user" as const, content: "x".repeat(3_500) }] };
    const limits = budget({ clock, perCall: { tokens: 2_500 }, assumedOutputTokens: 100 });
    const model = chain([a], { clock, prices, budget: limits, rounds: 9 });
    const error = await play(clock, failureOf(model.generate(long)));
    // Each try that ran out of time may be billed for its prompt of 1,000 tokens.
    expect(error.code).toBe("budget_exceeded");
    expect(a.asked).toBe(2);
  });

  test("calls at the same time cannot go beyond it together", async () => {
    const { clock, a, model } = make({ perDay: { tokens: 1_000 } });
    const all = Promise.allSettled(Array.from({ length: 50 }, () => model.generate(ask)));
    const outcomes = await play(clock, all);
    // Each puts 103 tokens aside.
    expect(a.asked).toBe(9);
    expect(
      outcomes.filter((one) => one.status === "rejected" && isBrainOpsError(one.reason, "budget_exceeded")),
    ).toHaveLength(41);
  });

  test("over budget a model that costs nothing may still answer, if the table says so", async () => {
    const clock = virtualClock();
    const models = [timedModel("a", clock, [{ usage }]), timedModel("free", clock, [{ usage }])];
    const limits = budget({ clock, perDay: { usd: 0.000_1 } });
    const model = chain(models, { clock, prices, budget: limits, onError: { budget_exceeded: "leave" } });
    const response = await model.generate(ask);
    expect(response.attempts).toMatchObject([
      { model: "a", outcome: "skipped" },
      { model: "free", cost: 0 },
    ]);
  });

  test("with a limit in dollars a model without a price is refused", async () => {
    const { limits } = make({ perDay: { usd: 1 } });
    const clock = virtualClock();
    const error = await failureOf(
      chain([timedModel("b", clock, [{}])], { clock, prices, budget: limits }).generate(ask),
    );
    expect(error.message).toContain("no price for 'b-1'");
  });

  test("what was spent is shared between processes, and survives a restart", async () => {
    const shared = memoryStorage();
    const one = make({ perDay: { tokens: 5_000 }, shared });
    const two = make({ perDay: { tokens: 5_000 }, shared });
    await Promise.all([one.model.generate(ask), two.model.generate(ask), one.model.generate(ask)]);
    await nextTick();
    const three = make({ perDay: { tokens: 5_000 }, shared });
    await three.limits.load();
    expect(three.limits.spent()).toEqual({ tokens: 3_300, usd: each * 3 });
  });

  test("what other processes spend is known within a second or so", async () => {
    const shared = memoryStorage();
    const clock = virtualClock();
    const one = make({ perDay: { tokens: 5_000 }, shared, clock });
    const two = make({ perDay: { tokens: 5_000 }, shared, clock });
    await two.model.generate(ask);
    for (let i = 0; i < 3; i++) await one.model.generate(ask);
    await nextTick();
    await clock.advance(1_000);
    await two.model.generate(ask);
    expect((await failureOf(two.model.generate(ask))).code).toBe("budget_exceeded");
  });

  test("whatever happens, nothing stays put aside", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom("answer", "fail", "abort", "slow"), { maxLength: 12 }),
        async (fates) => {
          const clock = virtualClock();
          const limits = budget({ clock, perDay: { tokens: 1_000_000 }, assumedOutputTokens: 100 });
          const a = timedModel("a", clock, (call) => {
            const fate = fates[call - 1];
            return { ms: fate === "slow" ? 1e9 : 10, usage, ...(fate === "fail" ? { fail: "invalid_request" } : {}) };
          });
          const model = chain([a], { clock, prices, budget: limits, attemptMs: 500, rounds: 1 });
          let booked = 0;
          for (const fate of fates) {
            const stopper = new AbortController();
            const call = model.generate(ask, { signal: stopper.signal }).catch(() => undefined);
            await clock.advance(5);
            if (fate === "abort") stopper.abort();
            await play(clock, call);
            booked += fate === "answer" ? 1_100 : fate === "fail" ? 0 : 3;
          }
          const left = 1_000_000 - booked;
          expect(limits.spent().tokens).toBe(booked);
          // All that is left can be put aside by one request: 3 tokens of prompt, and the rest.
          const most = { ...ask, maxTokens: left - 3 };
          limits.reserve(a, most, prices).settle(undefined, undefined);
          expect(() => limits.reserve(a, { ...most, maxTokens: left - 2 }, prices)).toThrow(/budget/);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("prices", () => {
  const opus = { name: "claude", id: "claude-opus-5-5" };

  test("the table is dated, and cached tokens have their own rate", () => {
    expect(defaultPrices.date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    const price = defaultPrices.prices["claude-opus-5-5"] ?? { input: NaN, output: NaN };
    expect(
      costOf(defaultPrices, opus, { inputTokens: 1_000_000, outputTokens: 0, cachedInputTokens: 400_000 }),
    ).toBeCloseTo(price.input * 0.6 + (price.cachedInput ?? NaN) * 0.4);
  });

  test("a long prompt has the rates for long prompts", () => {
    const sol = { name: "gpt", id: "gpt-6.1-sol" };
    const cost = (inputTokens: number): number => costOf(defaultPrices, sol, { inputTokens, outputTokens: 0 }) ?? NaN;
    expect(cost(272_001) / 272_001).toBeCloseTo((2 * cost(272_000)) / 272_000);
  });

  test("dates behind an id do not matter; unknown models and unknown tokens have no cost", () => {
    const tokens = { inputTokens: 1_000, outputTokens: 1_000 };
    const price = costOf(defaultPrices, opus, tokens);
    expect(costOf(defaultPrices, { name: "x", id: "claude-opus-5-5-20260901" }, tokens)).toBe(price);
    expect(costOf(defaultPrices, { name: "x" }, tokens, "claude-opus-5-5")).toBe(price);
    expect(costOf(defaultPrices, { name: "x", id: "toString" }, tokens)).toBeUndefined();
    expect(costOf(defaultPrices, opus, { inputTokens: null, outputTokens: 5 })).toBeUndefined();
    expect(costOf(defaultPrices, { name: "local", id: "llama" }, { inputTokens: null, outputTokens: null })).toBe(0);
  });
});
