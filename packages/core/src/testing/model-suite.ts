import assert from "node:assert/strict";
import { isBrainOpsError, type ErrorCode } from "../contracts/error.ts";
import type { JsonObject } from "../contracts/json.ts";
import type { Model, ModelRequest, ModelResponse, StreamPart } from "../contracts/model.ts";
import type { ScriptedAnswer } from "./scripted-answer.ts";

/** The part of a test runner that a suite needs. `vitest` and `node:test` both have it. */
export interface ModelSuiteRunner {
  /** Adds a test. */
  test(name: string, run: () => Promise<void>): unknown;
  /** Groups tests. Without it they are added one by one. */
  describe?(name: string, run: () => void): unknown;
}

/** A model to be tested, and how to take down what it talks to. */
export interface ModelUnderTest {
  /** The model, made anew for each test. */
  readonly model: Model;
  /** Called when a test is done with the model. */
  close?(): Promise<void> | void;
}

/** What the suite is told about a model. */
export interface ModelSuiteSetup {
  /**
   * Makes a model that gives this answer to every request: usually by a server on the loopback that says it in the
   * vendor's words. `fail` is a failure with that code; with text or calls beside it, the stream breaks after them.
   */
  create(answer: ScriptedAnswer): Promise<ModelUnderTest> | ModelUnderTest;
  /** The code with which a failure arrives, for models that are made of others. Default: the same. */
  code?(code: ErrorCode): ErrorCode;
}

/** Codes that every vendor can answer with. */
const failures: readonly ErrorCode[] = [
  "rate_limit",
  "overloaded",
  "server_error",
  "auth",
  "not_found",
  "invalid_request",
];

const ask: ModelRequest = { messages: [{ role: "user", content: "Say something." }] };
const tools = [
  { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } },
];
const citySchema: JsonObject = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

/**
 * The conformance suite of the {@link Model} contract: hand it a test runner and a way to make your model give a
 * certain answer.
 *
 * @example
 * ```ts
 * import { describe, test } from "node:test";
 * import { modelSuite, scriptedModel } from "@brainops/core/testing";
 * modelSuite({ describe, test }, { create: (answer) => ({ model: scriptedModel([{ answer }]) }) });
 * ```
 */
export function modelSuite(runner: ModelSuiteRunner, setup: ModelSuiteSetup): void {
  const code = (same: ErrorCode): ErrorCode => setup.code?.(same) ?? same;
  const test = (name: string, answer: ScriptedAnswer, run: (model: Model) => Promise<void>): void => {
    runner.test(name, async () => {
      const made = await setup.create(answer);
      try {
        await run(made.model);
      } finally {
        await made.close?.();
      }
    });
  };

  const cases = (): void => {
    test("answers with text", { text: "Hello, wörld 👋." }, async (model) => {
      const response = await model.generate(ask);
      assert.equal(response.text, "Hello, wörld 👋.");
      assert.deepEqual(response.toolCalls, []);
      assert.equal(response.finishReason, "stop");
      assert.deepEqual(texts(response), ["Hello, wörld 👋."]);
      assert.ok(model.name !== "" && response.model.name !== "" && response.model.id !== "", "says who answered");
    });

    test("counts tokens", { text: "Hello.", usage: { inputTokens: 12, outputTokens: 3 } }, async (model) => {
      const { usage } = await model.generate(ask);
      assert.equal(usage.inputTokens, 12);
      assert.equal(usage.outputTokens, 3);
    });

    test(
      "streams the same answer in parts, and ends with finish",
      { text: ["Hello, ", "wörld ", "👋."] },
      async (model) => {
        const parts = await collect(model.stream(ask));
        const response = finishOf(parts);
        assert.equal(shown(parts), "Hello, wörld 👋.");
        assert.equal(response.text, "Hello, wörld 👋.");
        assert.equal(response.finishReason, "stop");
        assert.ok(parts.filter((part) => part.type === "text").length > 1, "the text came in several parts");
      },
    );

    const two = {
      toolCalls: [
        { name: "weather", args: { city: "Bern" } },
        { name: "weather", args: { city: "Graz" } },
      ],
    };
    for (const streamed of [false, true]) {
      test(`calls tools, several at once${streamed ? ", streamed" : ""}`, two, async (model) => {
        const response = await answerOf(model, { ...ask, tools }, streamed);
        assert.deepEqual(
          response.toolCalls.map((call) => [call.name, call.args]),
          [
            ["weather", { city: "Bern" }],
            ["weather", { city: "Graz" }],
          ],
        );
        assert.equal(response.finishReason, "tool_calls");
        const ids = response.toolCalls.map((call) => call.id);
        assert.equal(new Set(ids).size, 2, "every call has its own id");
        assert.ok(!ids.includes(""), "no id is empty");
        assert.equal(calls(response).length, 2, "the message holds the calls, so that it can go into the history");
      });
    }

    test("takes its own turn and the tools' results as history", two, async (model) => {
      const first = await model.generate({ ...ask, tools });
      const results = first.toolCalls.map(({ id, name }) => ({
        type: "tool-result" as const,
        id,
        name,
        result: { sky: "blue" },
      }));
      const second = await model.generate({
        messages: [...ask.messages, first.message, { role: "tool", content: results }],
        tools,
      });
      assert.equal(second.finishReason, "tool_calls");
    });

    test("gives structured output", { output: { city: "Bern" } }, async (model) => {
      const request = { ...ask, output: { name: "place", schema: citySchema } };
      assert.deepEqual((await model.generate(request)).output, { city: "Bern" });
      assert.deepEqual(finishOf(await collect(model.stream(request))).output, { city: "Bern" });
    });

    test("says when an answer was cut by the limit", { text: "Hello", finishReason: "length" }, async (model) => {
      assert.equal((await model.generate({ ...ask, maxTokens: 1 })).finishReason, "length");
    });

    test("answers in plain JSON that survives a journal", { text: "Hello.", ...two }, async (model) => {
      const response = await model.generate({ ...ask, tools });
      assert.deepEqual(JSON.parse(JSON.stringify(response)), response);
    });

    test("leaves the request as it is", { text: "Hello." }, async (model) => {
      const request = deepFreeze(structuredClone<ModelRequest>({ ...ask, system: "Be kind.", tools, maxTokens: 9 }));
      assert.equal((await model.generate(request)).text, "Hello.");
      assert.equal(finishOf(await collect(model.stream(request))).text, "Hello.");
    });

    test("answers several calls at once", { text: ["One ", "answer."] }, async (model) => {
      const answers = await Promise.all([
        model.generate(ask),
        answerOf(model, ask, true),
        model.generate(ask),
        answerOf(model, ask, true),
      ]);
      assert.deepEqual(
        answers.map((one) => one.text),
        Array.from({ length: 4 }, () => "One answer."),
      );
    });

    for (const failure of failures) {
      test(`fails with ${failure}`, { fail: { code: failure } }, async (model) => {
        await assert.rejects(model.generate(ask), withCode(code(failure)));
        await assert.rejects(collect(model.stream(ask)), withCode(code(failure)));
      });
    }

    const broken: ScriptedAnswer = { text: ["Half ", "an "], fail: { code: "stream_truncated" } };
    test("never takes a cut stream for a short answer", broken, async (model) => {
      const parts: StreamPart[] = [];
      await assert.rejects(collect(model.stream(ask), parts), withCode("stream_truncated"));
      assert.ok(!parts.some((part) => part.type === "finish"), "there is no finish");
      assert.equal(shown(parts), "Half an ");
    });

    test("never gives out half a tool call", { ...two, fail: { code: "stream_truncated" } }, async (model) => {
      const parts: StreamPart[] = [];
      await assert.rejects(collect(model.stream({ ...ask, tools }), parts), (error: unknown) => {
        assert.ok(withCode("stream_truncated")(error));
        const whole = isBrainOpsError(error) ? (error.details["toolCalls"] as unknown[] | undefined) : undefined;
        assert.ok((whole ?? []).length < 2, "the call that was cut is not listed");
        return true;
      });
      assert.ok(!parts.some((part) => part.type === "finish"), "there is no finish");
    });

    test("does not begin when the caller has already stopped", { text: "Hello." }, async (model) => {
      const signal = AbortSignal.abort();
      await assert.rejects(model.generate(ask, { signal }), withCode("aborted"));
      await assert.rejects(collect(model.stream(ask, { signal })), withCode("aborted"));
    });

    test("stops when the caller does, also while nothing comes", { hang: true }, async (model) => {
      for (const streamed of [false, true]) {
        const stopper = new AbortController();
        const answer = answerOf(model, ask, streamed, stopper.signal);
        setImmediate(() => stopper.abort());
        await assert.rejects(answer, withCode("aborted"));
      }
    });

    test("lets the caller leave a stream", { text: ["One ", "two ", "three."] }, async (model) => {
      for await (const part of model.stream(ask)) {
        assert.equal(part.type, "text");
        break;
      }
      assert.equal((await model.generate(ask)).text, "One two three.");
    });
  };

  if (runner.describe === undefined) cases();
  else runner.describe("a Model", cases);
}

const withCode =
  (code: ErrorCode) =>
  (error: unknown): boolean => {
    assert.ok(isBrainOpsError(error), `expected a BrainOpsError, got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return true;
  };

async function collect(stream: AsyncIterable<StreamPart>, into: StreamPart[] = []): Promise<StreamPart[]> {
  for await (const part of stream) into.push(part);
  return into;
}

const finishOf = (parts: readonly StreamPart[]): ModelResponse => {
  const last = parts.at(-1);
  assert.ok(last?.type === "finish", "the last part is finish");
  assert.equal(parts.filter((part) => part.type === "finish").length, 1, "there is one finish");
  return last.response;
};

/** What a listener that follows the rules has on the screen. */
const shown = (parts: readonly StreamPart[]): string =>
  parts.reduce((text, part) => (part.type === "text" ? text + part.text : part.type === "discard" ? "" : text), "");

async function answerOf(
  model: Model,
  request: ModelRequest,
  streamed: boolean,
  signal?: AbortSignal,
): Promise<ModelResponse> {
  const options = signal === undefined ? {} : { signal };
  return streamed ? finishOf(await collect(model.stream(request, options))) : await model.generate(request, options);
}

const content = (response: ModelResponse) =>
  typeof response.message.content === "string"
    ? [{ type: "text" as const, text: response.message.content }]
    : response.message.content;

const texts = (response: ModelResponse): string[] =>
  content(response).flatMap((part) => (part.type === "text" ? [part.text] : []));

const calls = (response: ModelResponse): unknown[] => content(response).filter((part) => part.type === "tool-call");

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) deepFreeze(item);
    Object.freeze(value);
  }
  return value;
}
