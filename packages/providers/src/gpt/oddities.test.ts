import { describe, expect, test } from "vitest";
import type { Json, Model } from "@brainops/core";
import { gpt } from "@brainops/providers";
import { lines, streamed, whole } from "../test-support/streamed.ts";

// What the vendor documents, or was seen to send, and what the recordings do not hold.

const apiKey = "test-key-0000";

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
    expect((await streamed(make, lines([event, completed([call, output])]))).toolCalls).toEqual([]);
  });

  test("a search of tools is the caller's, when it was to be made there", async () => {
    const call = { type: "tool_search_call", call_id: "t1", arguments: { goal: "weather" }, status: "completed" };
    const client = { ...call, execution: "client" };
    expect((await streamed(make, lines([completed([client])]))).toolCalls).toMatchObject([
      { id: "t1", name: "tool_search", args: { goal: "weather" } },
    ]);
    expect(await whole(make, { status: "completed", output: [{ ...call, execution: "server" }] })).toMatchObject({
      toolCalls: [],
      finishReason: "stop",
    });
  });

  test("several steps of one computer call are one call", async () => {
    const actions = [{ type: "screenshot" }, { type: "wait" }];
    const call = { type: "computer_call", call_id: "m1", actions, pending_safety_checks: [], status: "completed" };
    expect((await whole(make, { status: "completed", output: [call] })).toolCalls).toMatchObject([
      { name: "computer", args: { actions } },
    ]);
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
    await expect(whole(make, failed)).rejects.toMatchObject({
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
