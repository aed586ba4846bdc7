import { describe, expect, test } from "vitest";
import { virtualClock } from "@brainops/core/testing";
import { chain } from "@brainops/providers";
import { ask, failureOf, play } from "../test-support/play.ts";
import { timedModel, type Turn } from "../test-support/timed-model.ts";

const start = Date.UTC(2026, 0, 1);
const fixed = { random: () => 1 };

describe("the deadline", () => {
  test("is divided: each model gets an equal share of what is left", async () => {
    const clock = virtualClock(start);
    const models = ["a", "b", "c"].map((name) => timedModel(name, clock, [{ ms: Infinity }]));
    const error = await play(clock, failureOf(chain(models, { ...fixed, clock, deadlineMs: 9_000 }).generate(ask)));
    expect(error.code).toBe("timeout");
    expect(clock.now() - start).toBe(9_000);
    expect(error.details["attempts"]).toMatchObject([
      { model: "a", ms: 3_000, error: { code: "timeout" } },
      { model: "b", ms: 3_000 },
      { model: "c", ms: 3_000 },
    ]);
    expect(models.map((model) => model.open)).toEqual([0, 0, 0]);
  });

  test("what a model does not use is left for the next", async () => {
    const clock = virtualClock(start);
    const quick = timedModel("quick", clock, [{ ms: 100, fail: "overloaded" }]);
    const slow = timedModel("slow", clock, [{ ms: 8_500 }]);
    const response = await play(clock, chain([quick, slow], { clock, deadlineMs: 9_000 }).generate(ask));
    expect(response.model.name).toBe("slow");
  });

  test("a model that does not hear the signal is left behind", async () => {
    const clock = virtualClock(start);
    const deaf = timedModel("deaf", clock, [{ ms: 50_000, deaf: true }]);
    const model = chain([deaf, timedModel("b", clock, [{}])], { clock, attemptMs: 1_000 });
    expect((await play(clock, model.generate(ask))).model.name).toBe("b");
    expect(clock.now() - start).toBe(1_000);
  });

  test("a stream has until its first part, then only silence counts", async () => {
    const clock = virtualClock(start);
    const late = timedModel("late", clock, [{ ms: 2_000, texts: ["x"] }]);
    const steady = timedModel("steady", clock, [{ ms: 900, texts: ["a", "b", "c", "d"] }]);
    const model = chain([late, steady], { clock, firstPartMs: 1_000, idleMs: 1_000 });
    const parts = await play(clock, collect(model.stream(ask)));
    expect(parts.map((part) => part.type)).toEqual(["text", "text", "text", "text", "finish"]);
    expect(late.stopped).toBe(1);
  });

  test("a stream that falls silent is cut, and goes on as onCut says", async () => {
    const clock = virtualClock(start);
    const silent = timedModel("silent", clock, (): Turn => ({ ms: 10, texts: ["Half", "never"], deaf: false }));
    const hangs = { ...silent, name: "hangs", stream: hangAfterFirst(silent.stream, clock) };
    const model = chain([hangs, timedModel("b", clock, [{ texts: ["Whole."] }])], {
      clock,
      idleMs: 1_000,
      onCut: "restart",
    });
    const parts = await play(clock, collect(model.stream(ask)));
    expect(parts.map((part) => (part.type === "text" ? part.text : part.type))).toEqual([
      "Half",
      "discard",
      "Whole.",
      "finish",
    ]);
    expect(clock.now() - start).toBe(1_010);
  });

  test("a slow listener is no silence of the model", async () => {
    const clock = virtualClock(start);
    const model = chain([timedModel("a", clock, [{ ms: 10, texts: ["1", "2"] }])], { clock, idleMs: 100 });
    const texts: string[] = [];
    const listen = async (): Promise<void> => {
      for await (const part of model.stream(ask)) {
        if (part.type === "text") texts.push(part.text);
        await clock.sleep(1_000);
      }
    };
    await play(clock, listen());
    expect(texts).toEqual(["1", "2"]);
  });
});

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const parts: T[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

function hangAfterFirst(
  stream: ReturnType<typeof timedModel>["stream"],
  clock: ReturnType<typeof virtualClock>,
): ReturnType<typeof timedModel>["stream"] {
  return async function* (request, call = {}) {
    for await (const part of stream(request, call)) {
      yield part;
      await clock.sleep(1e9, call.signal);
    }
  };
}
