import { describe, expect, test } from "vitest";
import type { Json, Model } from "@brainops/core";
import { local } from "@brainops/providers";
import { lines, streamed, whole } from "../test-support/streamed.ts";

// What the vendor documents, or was seen to send, and what the recordings do not hold.

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

  test("a call may get its name after its id", async () => {
    const text = lines([
      call(0, "a", "", ""),
      call(0, "a", "clock", ""),
      call(0, "", "", '{"zone":"UTC"}'),
      piece({}, "stop"),
    ]);
    expect((await streamed(make, text)).toolCalls).toMatchObject([{ id: "a", name: "clock", args: { zone: "UTC" } }]);
  });

  test("a call without a name is none, and half a character none either", async () => {
    const half = String.raw`{"city":"\ud83d","far":1e999}`;
    const text = lines([
      piece({ content: "a\ud83d" }),
      piece({ content: "\ude00 b\ud83d" }),
      call(0, "a", "", "{}"),
      call(1, "b", "weather", half),
      piece({}, "stop"),
    ]);
    expect(await streamed(make, text)).toMatchObject({
      text: "a\u{1F600} b\uFFFD",
      toolCalls: [{ name: "weather", args: { city: "\uFFFD", far: null } }],
      incompleteToolCalls: ["(no name)"],
    });
  });

  test("counts below nothing are no counts", async () => {
    const usage = { prompt_tokens: -7, completion_tokens: 3 };
    const body = { choices: [{ message: { content: "x" }, finish_reason: "stop" }], usage };
    expect((await whole(make, body)).usage).toEqual({ inputTokens: null, outputTokens: 3 });
  });

  test("an answer without any choice is none", async () => {
    await expect(whole(make, { model: "m", choices: [] })).rejects.toMatchObject({ code: "invalid_response" });
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
    ["a server without means", lines([piece({}, "insufficient_system_resource")]), "overloaded"],
    ["an answer that was aborted", lines([piece({ content: "x" }), piece({}, "abort")]), "server_error"],
    ["a finish reason of error", lines([piece({ content: "x" }), piece({}, "error")]), "server_error"],
    ["JSON that breaks off in the middle of the stream", 'data: {"choices":\n\ndata: [DONE]\n\n', "invalid_response"],
    ["no finish reason, though [DONE]", `${lines([piece({ content: "x" })])}data: [DONE]\n\n`, "stream_truncated"],
  ])("%s", async (_name, text, code) => {
    await expect(streamed(make, text)).rejects.toMatchObject({ code });
  });
});
