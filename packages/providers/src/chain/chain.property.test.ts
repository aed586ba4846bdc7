import fc from "fast-check";
import { expect, test } from "vitest";
import { virtualClock } from "@brainops/core/testing";
import { chain } from "@brainops/providers";
import { ask, play } from "../test-support/play.ts";
import { timedModel, type Turn } from "../test-support/timed-model.ts";

const start = Date.UTC(2026, 0, 1);
const fixed = { random: () => 1 };

test("whatever the models do, a call ends within its deadline, with one answered attempt or none, and nothing left open", async () => {
  const turn = fc.record<Turn>(
    {
      ms: fc.constantFrom(0, 5, 700, 4_000, Infinity),
      fail: fc.constantFrom("overloaded", "rate_limit", "network", "auth", "invalid_tool_call", "context_length"),
      retryAfterMs: fc.constantFrom(0, 50, 3_000, 90_000),
      deaf: fc.boolean(),
    },
    { requiredKeys: ["ms"] },
  );
  const plans = fc.array(fc.array(turn, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(plans, fc.integer({ min: 1, max: 5 }), fc.boolean(), async (turns, calls, hedge) => {
      const clock = virtualClock(start);
      const models = turns.map((plan, index) => timedModel(`m${index}`, clock, plan));
      const model = chain(models, { ...fixed, clock, deadlineMs: 10_000, ...(hedge && { hedge: { afterMs: 100 } }) });
      const all = await play(
        clock,
        Promise.all(
          Array.from({ length: calls }, async () => {
            const began = clock.now();
            const outcome = await model.generate(ask).then(
              (response) => response.attempts ?? [],
              (error: { details: { attempts: { outcome: string }[] } }) => error.details.attempts,
            );
            return { took: clock.now() - began, answered: outcome.filter((one) => one.outcome === "answered").length };
          }),
        ),
      );
      for (const { took, answered } of all) {
        expect(took).toBeLessThanOrEqual(10_000);
        expect(answered).toBeLessThanOrEqual(1);
      }
      // Those that hear have stopped; only the deaf may still be busy.
      if (!turns.flat().some((one) => one.deaf === true))
        expect(models.map((one) => one.open)).toEqual(models.map(() => 0));
    }),
    { numRuns: 60 },
  );
});
