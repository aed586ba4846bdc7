import type OpenAI from "openai";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject, Model, ModelRequest, ToolCallPart, ToolResultPart } from "@brainops/core";
import { gpt } from "@brainops/providers";
import { history, outputSchema, settings, tools } from "../test-support/rich-request.ts";
import { sent } from "../test-support/sent.ts";

// Bodies are written out here and checked against the request types of the vendor's own SDK.

const apiKey = "test-key-0000";
const hi: ModelRequest = { messages: [{ role: "user", content: "Hi." }] };
const make = (baseUrl: string): Model => gpt({ apiKey, baseUrl, model: "m" });

describe("what gpt sends", () => {
  test("a whole request to Responses", async () => {
    const expected: OpenAI.Responses.ResponseCreateParamsStreaming = {
      model: "m",
      instructions: "Be brief.",
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "Where is this?" },
            { type: "input_image", detail: "auto", image_url: "data:image/png;base64,aW1n" },
          ],
        },
        { type: "reasoning", id: "rs1", summary: [], encrypted_content: "enc" },
        { role: "assistant", content: "Let me look." },
        { type: "function_call", id: "fc1", call_id: "c1", name: "weather", arguments: '{"city":"Bern"}' },
        { type: "function_call", call_id: "c2", name: "clock", arguments: "{}" },
        { type: "function_call_output", call_id: "c1", output: '{"sky":"blue"}' },
        { type: "function_call_output", call_id: "c2", output: "it broke" },
        { role: "user", content: "Well?" },
      ],
      tools: [
        {
          type: "function",
          name: "weather",
          description: "The weather of a city.",
          parameters: tools[0].parameters,
          strict: true,
        },
        { type: "function", name: "clock", parameters: tools[1].parameters, strict: false },
      ],
      tool_choice: "required",
      text: { format: { type: "json_schema", name: "place", schema: { ...outputSchema }, strict: false } },
      reasoning: { effort: "low", summary: "auto" },
      include: ["reasoning.encrypted_content"],
      store: false,
      max_output_tokens: 200,
      temperature: 0.5,
      metadata: { user_id: "u1" },
      stream: true,
    };
    const reasoning = { type: "reasoning", id: "rs1", summary: [], encrypted_content: "enc" };
    const messages = history("openai", reasoning, { id: "fc1" });
    const { body, headers, address } = await sent(make, { ...settings, messages }, true);
    expect(body).toEqual(expected);
    expect(headers).toMatchObject({ authorization: `Bearer ${apiKey}`, "idempotency-key": "key-1" });
    expect(address).toBe("/responses");
  });

  test("custom tools are answered in their own kind, and one tool can be asked for", async () => {
    const opaque = { vendor: "openai", value: { custom: true } };
    const call = { type: "tool-call", id: "c1", name: "sql", args: "SELECT 1", opaque } as const;
    const { body } = await sent(make, {
      messages: [
        ...hi.messages,
        { role: "assistant", content: [call] },
        { role: "tool", content: [{ type: "tool-result", id: "c1", name: "sql", result: "1" }] },
      ],
      tools: [tools[1]],
      toolChoice: { tool: "clock" },
    });
    expect(body["input"]).toEqual([
      { role: "user", content: "Hi." },
      { type: "custom_tool_call", call_id: "c1", name: "sql", input: "SELECT 1" },
      { type: "custom_tool_call_output", call_id: "c1", output: "1" },
    ]);
    expect(body["tool_choice"]).toEqual({ type: "function", name: "clock" });
  });

  test("the vendor's own tools that ran here are answered in their own kinds", async () => {
    const part = (item: JsonObject, result: Json, failed = false): readonly [ToolCallPart, ToolResultPart] => {
      const id = String(item["call_id"]);
      const name = "own";
      return [
        { type: "tool-call", id, name, args: {}, opaque: { vendor: "openai", value: { item } } },
        { type: "tool-result", id, name, result, failed },
      ];
    };
    const shell = { type: "shell_call", call_id: "s1", action: { commands: ["ls"] } };
    const local = { type: "local_shell_call", call_id: "l1", id: "lsh", action: {}, status: "completed" };
    const patch = { type: "apply_patch_call", call_id: "p1", operation: {}, status: "completed" };
    const screen = { type: "computer_call", call_id: "m1", id: "cu", pending_safety_checks: [], status: "completed" };
    const search = { type: "tool_search_call", call_id: "t1", execution: "client", arguments: {} };
    const exit = { stdout: "a.txt", stderr: "", outcome: { type: "exit", exit_code: 0 } } as const;
    const picture = { type: "computer_screenshot", image_url: "data:image/png;base64,aW1n" } as const;
    const program = { type: "program", caller_id: "x" } as const;
    const byProgram: ToolCallPart = {
      type: "tool-call",
      id: "f1",
      name: "clock",
      args: {},
      opaque: { vendor: "openai", value: { id: "fc1", caller: program } },
    };
    const all = [
      part(shell, "a.txt"),
      part(local, "a.txt"),
      part(patch, "no such file", true),
      part(screen, { output: picture }),
      part(search, { tools: [], status: "completed" }),
      [byProgram, { type: "tool-result", id: "f1", name: "clock", result: "noon" }] as const,
    ];
    const expected: OpenAI.Responses.ResponseInputItem[] = [
      { type: "shell_call_output", call_id: "s1", output: [exit] },
      { type: "local_shell_call_output", id: "l1", output: "a.txt" },
      { type: "apply_patch_call_output", call_id: "p1", status: "failed", output: "no such file" },
      { type: "computer_call_output", call_id: "m1", output: picture },
      { type: "tool_search_output", execution: "client", call_id: "t1", tools: [], status: "completed" },
      { type: "function_call_output", call_id: "f1", output: "noon", caller: program },
    ];
    const { body } = await sent(make, {
      messages: [
        ...hi.messages,
        { role: "assistant", content: all.map(([call]) => call) },
        { role: "tool", content: all.map(([, result]) => result) },
      ],
    });
    const input = body["input"] as readonly Json[];
    expect(input.slice(1, 6)).toEqual([shell, local, patch, screen, search]);
    expect(input.slice(7)).toEqual(expected);
  });

  test("a whole request to Chat Completions", async () => {
    const chat = (baseUrl: string): Model => gpt({ apiKey, baseUrl, model: "m", api: "chat" });
    const expected: OpenAI.ChatCompletionCreateParamsStreaming = {
      model: "m",
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Where is this?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,aW1n" } },
          ],
        },
        {
          role: "assistant",
          content: "Let me look.",
          tool_calls: [
            { id: "c1", type: "function", function: { name: "weather", arguments: '{"city":"Bern"}' } },
            { id: "c2", type: "function", function: { name: "clock", arguments: "{}" } },
          ],
        },
        { role: "tool", tool_call_id: "c1", content: '{"sky":"blue"}' },
        { role: "tool", tool_call_id: "c2", content: "it broke" },
        { role: "user", content: "Well?" },
      ],
      tools: [
        {
          type: "function",
          function: { name: "weather", description: "The weather of a city.", parameters: tools[0].parameters },
        },
        { type: "function", function: { name: "clock", parameters: tools[1].parameters } },
      ],
      tool_choice: "required",
      response_format: {
        type: "json_schema",
        json_schema: { name: "place", schema: { ...outputSchema }, strict: false },
      },
      max_completion_tokens: 200,
      temperature: 0.5,
      seed: 7,
      stop: ["END"],
      reasoning_effort: "low",
      metadata: { user_id: "u1" },
      stream: true,
      stream_options: { include_usage: true },
    };
    const { body, address } = await sent(chat, { ...settings, messages: history("openai", {}, {}) }, true);
    expect(body).toEqual(expected);
    expect(address).toBe("/chat/completions");
  });
});
