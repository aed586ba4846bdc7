import { afterEach, describe, expect, test } from "vitest";
import type { Json, Model, ModelRequest, ModelResponse } from "@brainops/core";
import { claude, gemini, gpt, local } from "@brainops/providers";
import { loopback, type LoopbackServer } from "./test-support/fake-vendor.ts";

// What vendors document, or were seen to send, and what the recordings do not hold.

const apiKey = "test-key-0000";
const ask: ModelRequest = { messages: [{ role: "user", content: "Hi." }] };

let server: LoopbackServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const lines = (events: readonly Json[]): string => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");

/** Streams a text to a model, and gives its answer. */
async function streamed(make: (baseUrl: string) => Model, text: string): Promise<ModelResponse> {
  server = await loopback((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).end(text);
  });
  for await (const part of make(server.url).stream(ask)) if (part.type === "finish") return part.response;
  throw new Error("there was no finish");
}

describe("claude", () => {
  const make = (baseUrl: string): Model => claude({ apiKey, baseUrl });
  const start = {
    type: "message_start",
    message: { model: "m", usage: { input_tokens: 3, cache_read_input_tokens: 4 } },
  };
  const tool = {
    type: "content_block_start",
    index: 0,
    content_block: { type: "tool_use", id: "t1", name: "clock", input: {} },
  };
  const half = {
    type: "content_block_delta",
    index: 0,
    delta: { type: "input_json_delta", partial_json: '{"zone":"U' },
  };
  const stop = { type: "content_block_stop", index: 0 };
  const end = (stop_reason: string): Json[] => [
    { type: "message_delta", delta: { stop_reason }, usage: { output_tokens: 9 } },
    { type: "message_stop" },
  ];

  test("a call that the limit cut is named, and not given out", async () => {
    for (const events of [
      [start, tool, half, stop, ...end("max_tokens")],
      [start, tool, ...end("max_tokens")],
    ]) {
      const response = await streamed(make, lines(events));
      expect(response).toMatchObject({ finishReason: "length", toolCalls: [], incompleteToolCalls: ["clock"] });
      expect(response.usage).toEqual({ inputTokens: 7, outputTokens: 9, cachedInputTokens: 4 });
      await server?.close();
    }
  });

  test("a compaction and unknown blocks are kept as they are, deltas included", async () => {
    const block = { type: "content_block_start", index: 0, content_block: { type: "compaction", content: "" } };
    const delta = { type: "content_block_delta", index: 0, delta: { type: "compaction_delta", content: "summary" } };
    const response = await streamed(make, lines([start, block, delta, stop, { type: "news" }, ...end("pause_turn")]));
    expect(response).toMatchObject({
      finishReason: "pause",
      message: {
        content: [{ type: "vendor", vendor: "anthropic", block: { type: "compaction", content: "summary" } }],
      },
    });
  });

  test("an error in the middle has its class, its request and what had arrived", async () => {
    const text = { type: "content_block_start", index: 0, content_block: { type: "text", text: "Half" } };
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" }, request_id: "r9" };
    await expect(streamed(make, lines([start, text, error]))).rejects.toMatchObject({
      code: "overloaded",
      details: { text: "Half", requestId: "r9", usage: { inputTokens: 7 } },
    });
  });
});

describe("chat completions", () => {
  const make = (baseUrl: string): Model => local({ baseUrl, model: "m", protocol: "openai" });
  const piece = (delta: Json, finish_reason: string | null = null): Json => ({
    choices: [{ index: 0, delta, finish_reason }],
  });
  const call = (index: number | undefined, id: string, name: string, args: string): Json =>
    piece({
      tool_calls: [
        { ...(index !== undefined && { index }), id, type: "function", function: { name, arguments: args } },
      ],
    });

  test("calls that all have one index, or none, are told apart by their ids", async () => {
    for (const index of [0, undefined]) {
      const text = lines([
        call(index, "a", "clock", "{}"),
        call(index, "b", "weather", '{"city":"Bern"}'),
        piece({}, "stop"),
      ]);
      expect(await streamed(make, text)).toMatchObject({
        finishReason: "tool_calls",
        toolCalls: [
          { id: "a", name: "clock", args: {} },
          { id: "b", name: "weather", args: { city: "Bern" } },
        ],
      });
      await server?.close();
    }
  });

  test("a call that the limit cut is named, and not given out", async () => {
    const text = lines([call(0, "a", "clock", '{"zone":"U'), piece({}, "length")]);
    expect(await streamed(make, text)).toMatchObject({
      finishReason: "length",
      toolCalls: [],
      incompleteToolCalls: ["clock"],
    });
  });

  test("only the first choice is the answer, and the last event may lack its line end", async () => {
    const other = { choices: [{ index: 1, delta: { content: "no" }, finish_reason: "length" }] };
    const text = `${lines([piece({ content: "yes" }), other])}data: ${JSON.stringify(piece({}, "stop"))}`;
    expect(await streamed(make, text)).toMatchObject({ text: "yes", finishReason: "stop" });
  });

  test.each<[string, string, string]>([
    [
      "an error event with a status",
      'event: error\ndata: {"error":{"message":"Tool call validation failed","code":"tool_use_failed","status_code":400}}\n\n',
      "invalid_tool_call",
    ],
    [
      "an error in a field of its own",
      'error: {"code":500,"message":"slot is gone","type":"server_error"}\n\n',
      "server_error",
    ],
    [
      "a provider that failed behind a router",
      lines([{ error: { code: 429, message: "Rate limited" }, choices: [piece({}, "error")] }]),
      "rate_limit",
    ],
    ["a finish reason of error", lines([piece({ content: "x" }), piece({}, "error")]), "server_error"],
    ["JSON that breaks off in the middle of the stream", 'data: {"choices":\n\ndata: [DONE]\n\n', "invalid_response"],
    ["no finish reason, though [DONE]", `${lines([piece({ content: "x" })])}data: [DONE]\n\n`, "stream_truncated"],
  ])("%s", async (_name, text, code) => {
    await expect(streamed(make, text)).rejects.toMatchObject({ code });
  });
});

describe("gpt", () => {
  const make = (baseUrl: string): Model => gpt({ apiKey, baseUrl });
  const completed = (output: readonly Json[], more: object = {}): Json => ({
    type: "response.completed",
    response: { model: "m", status: "completed", output, ...more },
  });

  test("items that no event brought are read from the end", async () => {
    const message = { type: "message", content: [{ type: "output_text", text: "All at once." }] };
    expect((await streamed(make, lines([completed([message])]))).text).toBe("All at once.");
  });

  test("a shell call is the caller's, unless the vendor ran it", async () => {
    const call = { type: "shell_call", call_id: "s1", action: { commands: ["ls"] }, status: "completed" };
    const output = { type: "shell_call_output", call_id: "s1", output: [] };
    const event = { type: "response.output_item.done", output_index: 0, item: call };
    expect((await streamed(make, lines([event, completed([call])]))).toolCalls).toMatchObject([
      { name: "shell", args: { commands: ["ls"] } },
    ]);
    await server?.close();
    expect((await streamed(make, lines([event, completed([call, output])]))).toolCalls).toEqual([]);
  });

  test("a refusal is text of its own, and filters", async () => {
    const delta = { type: "response.refusal.delta", output_index: 0, content_index: 0, delta: "I cannot." };
    expect(await streamed(make, lines([delta, completed([])]))).toMatchObject({
      text: "",
      refusal: "I cannot.",
      finishReason: "content_filter",
    });
  });

  test("a whole response that failed says what it took all the same", async () => {
    const usage = { input_tokens: 3, output_tokens: 4 };
    const failed = {
      status: "failed",
      output: [],
      usage,
      error: { code: "rate_limit_exceeded", message: "slow down" },
    };
    server = await loopback((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(failed));
    });
    await expect(make(server.url).generate(ask)).rejects.toMatchObject({
      code: "rate_limit",
      details: { usage: { inputTokens: 3, outputTokens: 4 } },
    });
  });

  test.each<[string, Json, string]>([
    ["an error event", { type: "error", code: "rate_limit_exceeded", message: "slow down" }, "rate_limit"],
    [
      "an error event of the older shape",
      { type: "error", error: { type: "insufficient_quota", code: "insufficient_quota", message: "no" } },
      "quota_exhausted",
    ],
    [
      "a response that failed",
      { type: "response.failed", response: { status: "failed", error: { code: "server_error", message: "oops" } } },
      "server_error",
    ],
  ])("%s", async (_name, event, code) => {
    await expect(streamed(make, lines([event]))).rejects.toMatchObject({ code });
  });
});

describe("gemini", () => {
  const make = (baseUrl: string): Model => gemini({ apiKey, baseUrl });
  const chunk = (parts: readonly Json[], finishReason?: string): Json => ({
    candidates: [{ content: { parts }, ...(finishReason !== undefined && { finishReason }) }],
    usageMetadata: { promptTokenCount: 3 },
  });

  test("a call that was begun and not ended is named, and not given out", async () => {
    const open = { functionCall: { name: "clock", willContinue: true } };
    expect(await streamed(make, lines([chunk([open]), chunk([], "STOP")]))).toMatchObject({
      toolCalls: [],
      incompleteToolCalls: ["clock"],
    });
  });

  test("a call of no use is invalid_tool_call", async () => {
    await expect(streamed(make, lines([chunk([], "MALFORMED_FUNCTION_CALL")]))).rejects.toMatchObject({
      code: "invalid_tool_call",
      details: { usage: { inputTokens: 3 } },
    });
  });

  test("an error that breaks the stream as bare JSON is read", async () => {
    const error = JSON.stringify(
      { error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } },
      undefined,
      2,
    );
    await expect(streamed(make, lines([chunk([{ text: "Half" }])]) + error)).rejects.toMatchObject({
      code: "overloaded",
      details: { status: 503, text: "Half" },
    });
  });

  test("arguments that come by paths cannot reach into a prototype", async () => {
    const pieces = [
      { jsonPath: "$.__proto__.polluted", stringValue: "x" },
      { jsonPath: "$['a key'].list[1]", numberValue: 2 },
    ];
    const call = { functionCall: { name: "clock", partialArgs: pieces } };
    const response = await streamed(make, lines([chunk([call], "STOP")]));
    expect(JSON.stringify(response.toolCalls[0]?.args)).toBe('{"a key":{"list":[null,2]}}');
    expect({}).not.toHaveProperty("polluted");
  });
});
