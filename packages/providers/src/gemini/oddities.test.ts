import { describe, expect, test } from "vitest";
import type { Json, Model } from "@brainops/core";
import { gemini } from "@brainops/providers";
import { lines, streamed, whole } from "../test-support/streamed.ts";

// What the vendor documents, or was seen to send, and what the recordings do not hold.

const apiKey = "test-key-0000";

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

  test("an end of a call that is over already is no call", async () => {
    const parts = [{ functionCall: { name: "clock", args: {} } }, { functionCall: {} }];
    expect((await streamed(make, lines([chunk(parts, "STOP")]))).toolCalls).toMatchObject([{ name: "clock" }]);
  });

  test("a prompt that was not let through is filtered, also where only words say so", async () => {
    const body = { candidates: [], promptFeedback: { blockReasonMessage: "Not allowed." } };
    expect(await whole(make, body)).toMatchObject({ text: "", finishReason: "content_filter" });
    const answered = { ...body, candidates: [{ content: { parts: [{ text: "x" }] }, finishReason: "STOP" }] };
    expect((await whole(make, answered)).finishReason).toBe("stop");
  });

  test("events that are added later are left alone, and a stream of nothing else is none of Gemini's", async () => {
    const news = { type: "news", about: [1] };
    const events = [
      chunk([{ text: "Well" }]),
      news,
      { error: null, ...(chunk([{ text: "." }], "STOP") as object) },
      {},
    ];
    expect(await streamed(make, lines(events))).toMatchObject({ text: "Well.", finishReason: "stop" });
    await expect(streamed(make, lines([news, {}]))).rejects.toMatchObject({ code: "invalid_response" });
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
