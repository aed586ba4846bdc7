import { describe, expect, test } from "vitest";
import {
  type BrainOpsError,
  errorCodes,
  isBrainOpsError,
  type ErrorCode,
  type Model,
  type ModelRequest,
  type StreamPart,
} from "@brainops/core";
import { scriptedModel, virtualClock, type ScriptedAnswer, type ScriptedModel } from "@brainops/core/testing";
import { chain, failoverTable, type OnCut } from "@brainops/providers";

const ask: ModelRequest = { messages: [{ role: "user", content: "Tell me." }] };

const says = (name: string, answer: ScriptedAnswer | string): ScriptedModel => scriptedModel([{ answer }], { name });
const fails = (name: string, code: ErrorCode, more: Partial<ScriptedAnswer> = {}): ScriptedModel =>
  says(name, { ...more, fail: { code } });

async function collect(stream: AsyncIterable<StreamPart>, into: StreamPart[] = []): Promise<StreamPart[]> {
  for await (const part of stream) into.push(part);
  return into;
}

async function failure(run: Promise<unknown>): Promise<BrainOpsError> {
  const error: unknown = await run.then(
    () => new Error("it answered"),
    (cause: unknown) => cause,
  );
  if (!isBrainOpsError(error)) throw error;
  return error;
}

/** What a listener has on the screen. */
const screen = (parts: readonly StreamPart[]): string =>
  parts.reduce((text, part) => (part.type === "text" ? text + part.text : part.type === "discard" ? "" : text), "");

const finish = (parts: readonly StreamPart[]) => {
  const last = parts.at(-1);
  if (last?.type !== "finish") throw new Error("there is no finish");
  return last.response;
};

describe("answering whole", () => {
  test("the first that can answers, and the response says who, after which tries", async () => {
    const third = says("c", "never asked");
    const model = chain([fails("a", "overloaded"), says("b", "Here."), third]);
    const response = await model.generate(ask);
    expect(response).toMatchObject({
      text: "Here.",
      model: { name: "scripted-b" },
      attempts: [
        {
          model: "scripted-a",
          outcome: "failed",
          error: { code: "overloaded" },
          ms: expect.any(Number),
          startedAt: expect.any(Number),
        },
        { model: "scripted-b", outcome: "answered", usage: { inputTokens: expect.any(Number) } },
      ],
    });
    expect(third.calls).toHaveLength(0);
  });

  test("when all fail it is no_model, with every try, the last error and the shortest wait", async () => {
    const slow = says("a", { fail: { code: "rate_limit", retryAfterMs: 9_000 } });
    const fast = says("b", { fail: { code: "overloaded", retryAfterMs: 2_000 } });
    const error = await failure(chain([slow, fast], { waitMs: 0, clock: virtualClock() }).generate(ask));
    expect(error).toMatchObject({
      code: "no_model",
      cause: { code: "overloaded" },
      details: {
        retryAfterMs: 2_000,
        attempts: [
          { model: "scripted-a", error: { code: "rate_limit" } },
          { model: "scripted-b", error: { code: "overloaded" } },
        ],
      },
    });
    expect(error.message).toMatch(/scripted-a: rate_limit[\s\S]*scripted-b: overloaded/);
  });

  test("no models are no_model", async () => {
    await expect(chain([]).generate(ask)).rejects.toMatchObject({ code: "no_model", details: { attempts: [] } });
    await expect(collect(chain([]).stream(ask))).rejects.toMatchObject({ code: "no_model" });
  });

  test("two models of one name are refused, since attempts could not tell them apart", () => {
    expect(() => chain([says("a", "1"), says("a", "2")])).toThrow(expect.objectContaining({ code: "invalid_input" }));
  });

  test.each(Object.entries(failoverTable))("%s: %s", async (code, action) => {
    const next = says("next", "Here.");
    const model = chain([fails("first", code as ErrorCode), next], { backoffMs: 1 });
    if (action !== "stop") expect((await model.generate(ask)).text).toBe("Here.");
    else {
      const error = await failure(model.generate(ask));
      expect(error).toMatchObject({ code, details: { attempts: [{ model: "scripted-first", error: { code } }] } });
      expect(next.calls).toHaveLength(0);
    }
  });

  test("codes outside the table stop the chain", async () => {
    const others = (Object.keys(errorCodes) as ErrorCode[]).filter(
      (code) => !(code in failoverTable) && code !== "aborted",
    );
    for (const code of others) {
      const error = await failure(chain([fails("a", code), says("b", "Here.")]).generate(ask));
      expect(error.code).toBe(code);
    }
  });

  test("every cell of the table can be changed", async () => {
    const models = (code: ErrorCode): Model[] => [fails("a", code), says("b", "Here.")];
    const onError = { content_filter: "next", auth: "stop" } as const;
    expect((await chain(models("content_filter"), { onError }).generate(ask)).text).toBe("Here.");
    expect((await failure(chain(models("auth"), { onError }).generate(ask))).code).toBe("auth");
  });

  test("a model that throws something else has failed like a server", async () => {
    const broken: Model = { ...says("x", ""), name: "broken", generate: () => Promise.reject(new TypeError("oops")) };
    const response = await chain([broken, says("b", "Here.")]).generate(ask);
    expect(response.attempts?.[0]).toMatchObject({ model: "broken", error: { code: "server_error", message: "oops" } });
  });

  test("a chain in a chain tells its own tries", async () => {
    const inner = chain([fails("a", "overloaded"), fails("b", "network")], { name: "inner", rounds: 1 });
    const response = await chain([inner, says("c", "Here.")]).generate(ask);
    expect(response.attempts?.map((one) => [one.model, one.outcome])).toEqual([
      ["scripted-a", "failed"],
      ["scripted-b", "failed"],
      ["scripted-c", "answered"],
    ]);
  });
});

describe("the caller's abort", () => {
  test.each([false, true])("is aborted and no failure of a model (streamed: %s)", async (streamed) => {
    const stopper = new AbortController();
    const hanging = scriptedModel([
      () => {
        setImmediate(() => stopper.abort());
        return { hang: true };
      },
    ]);
    const next = says("next", "Here.");
    const model = chain([fails("first", "overloaded"), hanging, next]);
    const options = { signal: stopper.signal };
    const error = await failure(streamed ? collect(model.stream(ask, options)) : model.generate(ask, options));
    const attempts = [{ model: "scripted-first", outcome: "failed" }, { outcome: "cancelled" }];
    expect(error).toMatchObject({ code: "aborted", details: { attempts } });
    expect(next.calls).toHaveLength(0);
  });

  test("a model that stops by itself has failed", async () => {
    const response = await chain([fails("a", "aborted"), says("b", "Here.")]).generate(ask);
    expect(response.text).toBe("Here.");
  });
});

describe("streaming", () => {
  test("before the first part the next model is asked freely, whatever onCut says", async () => {
    for (const onCut of ["fail", "restart", "continue"] as const) {
      const parts = await collect(
        chain([fails("a", "stream_truncated"), says("b", "Here it is.")], { onCut }).stream(ask),
      );
      expect(parts.some((part) => part.type === "discard")).toBe(false);
      expect(screen(parts)).toBe("Here it is.");
      expect(finish(parts).attempts).toMatchObject([
        { model: "scripted-a", outcome: "failed" },
        { model: "scripted-b" },
      ]);
    }
  });

  const cut = { text: ["The answer ", "is forty"] };
  const cutBy = (onCut: OnCut | undefined, answer: ScriptedAnswer, rest: ScriptedAnswer | string) => {
    const next = says("b", rest);
    return { next, model: chain([fails("a", "stream_truncated", answer), next], onCut === undefined ? {} : { onCut }) };
  };

  test("fail is the default: the error has the text that was shown, and the tries", async () => {
    const { model, next } = cutBy(undefined, cut, "Here.");
    const parts: StreamPart[] = [];
    const error = await failure(collect(model.stream(ask), parts));
    expect(error).toMatchObject({
      code: "stream_truncated",
      details: { text: "The answer is forty", attempts: [{ model: "scripted-a" }] },
    });
    expect(screen(parts)).toBe("The answer is forty");
    expect(next.calls).toHaveLength(0);
  });

  test("restart tells listeners to discard, and begins anew", async () => {
    const { model } = cutBy("restart", cut, "It is 42.");
    const parts = await collect(model.stream(ask));
    expect(parts.filter((part) => part.type === "discard")).toEqual([
      { type: "discard", reason: "scripted-a: stream_truncated" },
    ]);
    expect(screen(parts)).toBe("It is 42.");
    expect(finish(parts).text).toBe("It is 42.");
  });

  test("what is begun anew has shown nothing yet: when the next fails, no cut is told", async () => {
    const call: ScriptedAnswer = { toolCalls: [{ name: "weather", args: { city: "Bern" } }] };
    for (const first of [cut, call]) {
      const model = chain([fails("a", "stream_truncated", first), fails("b", "auth")], { onCut: "restart", rounds: 1 });
      const parts: StreamPart[] = [];
      const error = await failure(collect(model.stream(ask), parts));
      expect(parts.at(-1)).toEqual({ type: "discard", reason: "scripted-a: stream_truncated" });
      expect(error).toMatchObject({
        code: "no_model",
        details: { attempts: [{ model: "scripted-a" }, { model: "scripted-b" }] },
      });
      expect(error.details?.["text"]).toBeUndefined();
    }
  });

  test("continue lets the next model go on, and joins the texts", async () => {
    const { model, next } = cutBy("continue", cut, { text: ["-two, ", "of course."] });
    const parts = await collect(model.stream(ask));
    expect(parts.some((part) => part.type === "discard")).toBe(false);
    expect(screen(parts)).toBe("The answer is forty-two, of course.");
    expect(finish(parts)).toMatchObject({
      text: "The answer is forty-two, of course.",
      message: { content: [{ type: "text", text: "The answer is forty-two, of course." }] },
      model: { name: "scripted-b" },
    });
    expect(next.calls[0]?.request.messages).toMatchObject([
      ask.messages[0],
      { role: "assistant", content: "The answer is forty" },
      { role: "user", content: expect.stringContaining("Continue") },
    ]);
  });

  test.each([
    ["the last words", ["The answer ", "is forty", "-two."]],
    ["a word that it broke off in", "forty-two."],
    ["two words", ["is fo", "rty-two."]],
    ["everything, in pieces", ["The ans", "wer is fo", "rty-two."]],
  ])("continue takes out what the next model says again: %s", async (_name, text) => {
    const { model } = cutBy("continue", cut, { text });
    const parts = await collect(model.stream(ask));
    expect(screen(parts)).toBe("The answer is forty-two.");
    expect(finish(parts).text).toBe("The answer is forty-two.");
  });

  test("continue keeps a text that only looks like a repetition", async () => {
    const { model } = cutBy("continue", cut, { text: ["The answer ", "before was wrong."] });
    expect(screen(await collect(model.stream(ask)))).toBe("The answer is fortyThe answer before was wrong.");
  });

  test("continue survives a second cut", async () => {
    const models = [
      fails("a", "stream_truncated", { text: "One, " }),
      fails("b", "network", { text: "two, " }),
      says("c", "three."),
    ];
    const parts = await collect(chain(models, { onCut: "continue" }).stream(ask));
    expect(screen(parts)).toBe("One, two, three.");
    expect(finish(parts)).toMatchObject({ text: "One, two, three.", attempts: [{}, {}, { outcome: "answered" }] });
  });

  test.each<[string, ScriptedAnswer, ModelRequest]>([
    ["a tool call was shown", { toolCalls: [{ name: "weather", args: { city: "Bern" } }] }, ask],
    ["structured output was asked for", { text: '{"a":' }, { ...ask, output: { schema: { type: "object" } } }],
  ])("continue fails when %s", async (_name, answer, request) => {
    const { model, next } = cutBy("continue", answer, "more");
    const error = await failure(collect(model.stream(request)));
    expect(error.code).toBe("stream_truncated");
    expect(next.calls).toHaveLength(0);
  });

  test("reasoning alone cannot be continued: it is discarded", async () => {
    const { model } = cutBy("continue", { reasoning: "Hm." }, "Here.");
    const parts = await collect(model.stream(ask));
    expect(parts.map((part) => part.type)).toEqual(["reasoning", "discard", "text", "finish"]);
  });

  test("the last model's cut is an error, whatever onCut says", async () => {
    for (const onCut of ["restart", "continue"] as const) {
      const model = chain([says("a", { text: "Half", fail: { code: "stream_truncated" } })], { onCut, backoffMs: 1 });
      expect(await failure(collect(model.stream(ask)))).toMatchObject({
        code: "stream_truncated",
        details: { text: "Half" },
      });
    }
  });
});

test("health is good while one model can be asked, and tells of those that cannot", async () => {
  const down: Model = {
    ...says("a", ""),
    name: "down",
    health: () => Promise.resolve({ ok: false, detail: "it is down" }),
  };
  expect(await chain([down, says("b", "")]).health?.()).toEqual({ ok: true, detail: "down: it is down" });
  expect(await chain([down]).health?.()).toMatchObject({ ok: false });
});
