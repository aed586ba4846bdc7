import { describe, expect, test } from "vitest";
import type { Json, Model } from "@brainops/core";
import { claude } from "@brainops/providers";
import { lines, streamed, whole } from "../test-support/streamed.ts";

// What the vendor documents, or was seen to send, and what the recordings do not hold.

const apiKey = "test-key-0000";

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
    }
  });

  test("a gateway that ends it as OpenAI does takes nothing away", async () => {
    expect(
      await streamed(make, `${lines([start, tool, half, stop, ...end("max_tokens")])}data: [DONE]\n\n`),
    ).toMatchObject({ finishReason: "length" });
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

  test("a call without input that the limit cut is not one without arguments", async () => {
    const call = { type: "tool_use", id: "t1", name: "clock", input: {} };
    const cut = { finishReason: "length", toolCalls: [], incompleteToolCalls: ["clock"] };
    expect(await streamed(make, lines([start, tool, stop, ...end("max_tokens")]))).toMatchObject(cut);
    expect(await whole(make, { model: "m", content: [call], stop_reason: "max_tokens" })).toMatchObject(cut);
    // One that is followed by something else was whole.
    const more = { type: "content_block_start", index: 1, content_block: { type: "text", text: "And" } };
    expect((await streamed(make, lines([start, tool, stop, more, ...end("max_tokens")]))).toolCalls).toHaveLength(1);
  });

  test("a message may begin with blocks that are whole, and even be over", async () => {
    const call = { type: "tool_use", id: "t1", name: "clock", input: { zone: "UTC" } };
    const result = { type: "code_execution_tool_result", tool_use_id: "s1", content: {} };
    const begun = { ...start, message: { ...start.message, content: [result, call] } };
    const whole = { ...begun, message: { ...begun.message, stop_reason: "tool_use" } };
    const is = { finishReason: "tool_calls", toolCalls: [{ id: "t1", name: "clock", args: { zone: "UTC" } }] };
    expect(await streamed(make, lines([whole, { type: "message_stop" }]))).toMatchObject(is);
    const text = { type: "content_block_start", index: 0, content_block: { type: "text", text: "So." } };
    expect(await streamed(make, lines([begun, text, stop, ...end("tool_use")]))).toMatchObject({ ...is, text: "So." });
  });

  test("a model that took over is the one that answered, and goes back as a block", async () => {
    const block = { type: "fallback", from: { model: "m" }, to: { model: "m-small" } };
    const response = await whole(make, { model: "m", content: [block], stop_reason: "end_turn" });
    expect(response.model).toEqual({ name: "claude", id: "m-small" });
    expect(response.message.content).toEqual([{ type: "vendor", vendor: "anthropic", block }]);
  });

  test("words that every object knows are no reasons to stop", async () => {
    expect((await streamed(make, lines([start, ...end("constructor")]))).finishReason).toBe("unknown");
  });
});
