import { describe, expect, test } from "vitest";
import { virtualClock } from "@brainops/core/testing";
import { chain } from "@brainops/providers";
import { ask, failureOf, play } from "../test-support/play.ts";
import { timedModel, type Turn } from "../test-support/timed-model.ts";

const start = Date.UTC(2026, 0, 1);
const fixed = { random: () => 1 };

describe("asking again", () => {
  test("retry asks the same model after a growing wait, then the next", async () => {
    const clock = virtualClock(start);
    const a = timedModel("a", clock, [{ fail: "server_error" }]);
    const b = timedModel("b", clock, [{}]);
    const options = { ...fixed, clock, retries: 2, onError: { server_error: "retry" } } as const;
    const response = await play(clock, chain([a, b], options).generate(ask));
    expect(response.attempts?.map((one) => [one.model, one.startedAt - start])).toEqual([
      ["a", 0],
      ["a", 250],
      ["a", 750],
      ["b", 750],
    ]);
  });

  test("retry waits as long as the vendor asks, unless that is too long", async () => {
    for (const [retryAfterMs, second, at] of [
      [2_000, "a", 2_000],
      [45_000, "b", 0],
    ] as const) {
      const clock = virtualClock(start);
      const a = timedModel("a", clock, [{ fail: "invalid_tool_call", retryAfterMs }, {}]);
      const model = chain([a, timedModel("b", clock, [{}])], { clock });
      const response = await play(clock, model.generate(ask));
      expect(response.attempts?.[1]).toMatchObject({ model: second, startedAt: start + at });
    }
  });

  test("rounds: those that may do better are asked again, those that left are not", async () => {
    const clock = virtualClock(start);
    const a = timedModel("a", clock, [{ fail: "overloaded" }, { fail: "overloaded" }, {}]);
    const wrong = timedModel("wrong", clock, [{ fail: "auth" }]);
    const response = await play(clock, chain([a, wrong], { ...fixed, clock }).generate(ask));
    expect(response.attempts?.map((one) => [one.model, one.startedAt - start])).toEqual([
      ["a", 0],
      ["wrong", 0],
      ["a", 250],
      ["a", 750],
    ]);
  });

  test("when nobody can do better it fails at once", async () => {
    const clock = virtualClock(start);
    const models = [timedModel("a", clock, [{ fail: "auth" }]), timedModel("b", clock, [{ fail: "invalid_request" }])];
    expect((await failureOf(chain(models, { clock }).generate(ask))).code).toBe("no_model");
    expect(clock.now()).toBe(start);
  });

  test("a refusal is an answer, and asked around only when the table says so", async () => {
    const clock = virtualClock(start);
    const no = (): Turn => ({ finishReason: "content_filter", texts: ["No."] });
    const make = (): [ReturnType<typeof timedModel>, ReturnType<typeof timedModel>] => [
      timedModel("a", clock, no),
      timedModel("b", clock, [{}]),
    ];
    expect((await chain(make(), { clock }).generate(ask)).text).toBe("No.");
    const around = { clock, rounds: 1, onError: { content_filter: "next" } } as const;
    expect((await chain(make(), around).generate(ask)).text).toBe("b says.");
    const [a] = make();
    const alone = await chain([a, timedModel("c", clock, [{ fail: "network" }])], around).generate(ask);
    expect(alone).toMatchObject({ text: "No.", finishReason: "content_filter" });
  });
});
