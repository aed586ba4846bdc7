import { describe, expect, test } from "vitest";
import type { Json, StreamPart } from "@brainops/core";
import { scriptedModel, virtualClock } from "@brainops/core/testing";
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

  test("calls of tools that do not fit are invalid_tool_call, when they are looked at, and asked for again", async () => {
    const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const request = { ...ask, tools: [{ name: "weather", parameters }] };
    const call = (args: Json, name = "weather") => ({ toolCalls: [{ name, args }] });
    const make = (...args: Json[]) =>
      scriptedModel([...args.map((one) => ({ answer: call(one), times: 1 })), { answer: call({}, "nothing") }]);
    const options = { ...fixed, clock: virtualClock(start), backoffMs: 0, checkCalls: true };
    expect((await chain([make({ town: 1 })]).generate(request)).toolCalls).toHaveLength(1);
    const fixedCall = await chain([make({ town: 1 }, { city: "Bern" })], options).generate(request);
    expect(fixedCall.toolCalls).toMatchObject([{ args: { city: "Bern" } }]);
    expect(fixedCall.attempts?.[0]).toMatchObject({ outcome: "failed", error: { code: "invalid_tool_call" } });
    const stop = { ...options, onError: { invalid_tool_call: "stop" } } as const;
    const error = await failureOf(chain([make()], stop).generate(request));
    expect(error.message).toMatch(/^scripted: the model called 'nothing'.*no such tool/);
    const parts: StreamPart[] = [];
    const listen = async (): Promise<void> => {
      for await (const part of chain([make({ city: 5 })], stop).stream(request)) parts.push(part);
    };
    expect(await failureOf(listen())).toMatchObject({ code: "invalid_tool_call", details: { tool: "weather" } });
    expect(parts.map((part) => part.type)).toEqual(["tool-input"]);
  });
});
