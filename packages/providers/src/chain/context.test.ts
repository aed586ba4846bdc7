import { describe, expect, test } from "vitest";
import { virtualClock } from "@brainops/core/testing";
import { chain, dropOldest } from "@brainops/providers";
import { ask, failureOf } from "../test-support/play.ts";
import { timedModel } from "../test-support/timed-model.ts";

const start = Date.UTC(2026, 0, 1);

describe("too long a context", () => {
  const long = {
    messages: Array.from({ length: 8 }, (_, n) => ({
      role: n % 2 === 0 ? ("user" as const) : ("assistant" as const),
      content: `Message ${n}`,
    })).slice(0, 7),
  };

  test("goes to a model that takes more, and not to one that is known to take less", async () => {
    const clock = virtualClock(start);
    const small = timedModel("small", clock, [{ fail: "context_length" }]);
    const smaller = timedModel("smaller", clock, [{}]);
    const model = chain([small, smaller, timedModel("large", clock, [{}])], {
      clock,
      windows: { small: 200, smaller: 100, large: 1_000 },
    });
    expect((await model.generate(long)).model.name).toBe("large");
    expect(smaller.asked).toBe(0);
  });

  test("is made smaller when there is none, and the attempts say so", async () => {
    const clock = virtualClock(start);
    const seen: number[] = [];
    const a = timedModel("a", clock, (call) => (call < 3 ? { fail: "context_length" } : {}));
    const counting = {
      ...a,
      generate: (...[request, call]: Parameters<typeof a.generate>) => {
        seen.push(request.messages.length);
        return a.generate(request, call);
      },
    };
    const response = await chain([counting], { clock, compact: dropOldest }).generate(long);
    expect(seen).toEqual([7, 3, 1]);
    expect(response.attempts?.map((one) => one.note)).toEqual([
      undefined,
      "the request was made smaller (1)",
      "the request was made smaller (2)",
    ]);
  });

  test("is an error without a way to make it smaller", async () => {
    const clock = virtualClock(start);
    const a = timedModel("a", clock, [{ fail: "context_length" }]);
    const error = await failureOf(chain([a], { clock }).generate(long));
    expect(error).toMatchObject({ code: "no_model", cause: { code: "context_length" } });
    expect(a.asked).toBe(1);
  });

  test("dropping keeps tool results with their calls", () => {
    const tools = dropOldest(
      {
        messages: [
          { role: "user", content: "1" },
          { role: "assistant", content: [{ type: "tool-call", id: "t", name: "x", args: {} }] },
          { role: "tool", content: [{ type: "tool-result", id: "t", name: "x", result: 1 }] },
          { role: "user", content: "2" },
          { role: "assistant", content: [{ type: "tool-call", id: "u", name: "x", args: {} }] },
          { role: "tool", content: [{ type: "tool-result", id: "u", name: "x", result: 1 }] },
        ],
      },
      { signal: undefined },
    );
    expect(tools).toMatchObject({ messages: [{ content: "2" }, { role: "assistant" }, { role: "tool" }] });
    expect(dropOldest(ask, { signal: undefined })).toBeUndefined();
  });
});
