import { describe, expect, test } from "vitest";
import { BrainOpsError, type StoredDocument, type StreamPart } from "@brainops/core";
import { scriptedModel, virtualClock } from "@brainops/core/testing";
import { cached, chain, type CacheStorage } from "@brainops/providers";
import { ask, failureOf } from "../test-support/play.ts";
import { timedModel } from "../test-support/timed-model.ts";

const other = { messages: [{ role: "user" as const, content: "Other." }] };

describe("cached", () => {
  test("the same request is asked once, streamed or not, and the answer says where it is from", async () => {
    const clock = virtualClock();
    const model = scriptedModel([(_request, { index }) => `Answer ${index}`]);
    const it = cached(chain([model], { clock }), { clock });
    expect((await it.generate(ask)).text).toBe("Answer 0");
    await clock.advance(40);
    const again = await it.generate({ messages: [...ask.messages] });
    expect(again).toMatchObject({
      text: "Answer 0",
      attempts: [{ model: "chain", outcome: "answered", cost: 0, note: "from the cache; it was answered 40 ms ago" }],
    });
    const parts: StreamPart[] = [];
    for await (const part of it.stream(ask)) parts.push(part);
    expect(parts.map((part) => part.type)).toEqual(["text", "finish"]);
    expect((await it.generate(other)).text).toBe("Answer 1");
    expect(model.calls).toHaveLength(2);
  });

  test("what was streamed is kept too", async () => {
    const model = scriptedModel([{ answer: "Here." }]);
    const it = cached(model);
    for await (const _part of it.stream(ask));
    await it.generate(ask);
    expect(model.calls).toHaveLength(1);
  });

  test("answers grow old, and the ones not used go", async () => {
    const clock = virtualClock();
    const a = timedModel("a", clock, [{}]);
    const it = cached(a, { clock, ttlMs: 1_000, most: 1 });
    await it.generate(ask);
    await clock.advance(999);
    await it.generate(ask);
    expect(a.asked).toBe(1);
    await clock.advance(1);
    await it.generate(ask);
    expect(a.asked).toBe(2);
    await it.generate(other);
    await it.generate(ask);
    expect(a.asked).toBe(4);
  });

  test.each([
    ["errors", { answer: { fail: { code: "overloaded" as const } } }],
    ["answers that were cut", { answer: { text: "Ha", finishReason: "length" as const } }],
    ["refusals", { answer: { refusal: "No." } }],
  ])("%s are not kept", async (_what, rule) => {
    const model = scriptedModel([rule]);
    const it = cached(model);
    await it.generate(ask).catch(() => undefined);
    await it.generate(ask).catch(() => undefined);
    expect(model.calls).toHaveLength(2);
  });

  test("which requests may be answered so can be said", async () => {
    const model = scriptedModel([{ answer: "Here." }]);
    const it = cached(model, { when: (request) => request.temperature === 0 });
    for (const temperature of [1, 1, 0, 0]) await it.generate({ ...ask, temperature });
    expect(model.calls).toHaveLength(3);
  });

  test("a storage keeps answers beyond the process, and its failures fail no call", async () => {
    const kept = new Map<string, StoredDocument>();
    const storage: CacheStorage = {
      get: (key) => Promise.resolve(kept.get(key)),
      put: (key, value) => Promise.resolve(void kept.set(key, { key, value, version: 1 })),
    };
    const model = scriptedModel([{ answer: "Here." }]);
    await cached(model, { storage }).generate(ask);
    expect((await cached(model, { storage }).generate(ask)).text).toBe("Here.");
    expect(model.calls).toHaveLength(1);
    const down = (): Promise<never> => Promise.reject(new BrainOpsError("store_unavailable", "It is down."));
    expect((await cached(model, { storage: { get: down, put: down } }).generate(ask)).text).toBe("Here.");
  });

  test("an error is the model's own", async () => {
    const it = cached(scriptedModel([{ answer: { fail: { code: "auth" } } }]));
    expect((await failureOf(it.generate(ask))).code).toBe("auth");
  });
});
