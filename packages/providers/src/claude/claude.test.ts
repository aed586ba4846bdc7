import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "vitest";
import type { Model, ModelRequest } from "@brainops/core";
import { claude } from "@brainops/providers";
import { history, outputSchema, settings, tools } from "../test-support/rich-request.ts";
import { sent } from "../test-support/sent.ts";

// Bodies are written out here and checked against the request types of the vendor's own SDK.

const apiKey = "test-key-0000";
const hi: ModelRequest = { messages: [{ role: "user", content: "Hi." }] };
const make = (baseUrl: string): Model => claude({ apiKey, baseUrl, model: "m" });

/** The vendor's grammar wants objects closed, and knows no bounds. */
const closed = {
  type: "object",
  properties: { city: { type: "string" }, mood: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

describe("what claude sends", () => {
  test("a whole request", async () => {
    const expected: Anthropic.MessageCreateParamsNonStreaming = {
      model: "m",
      max_tokens: 200,
      system: "Be brief.",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Where is this?" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "aW1n" } },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "I see.", signature: "sig" },
            { type: "text", text: "Let me look." },
            { type: "tool_use", id: "c1", name: "weather", input: { city: "Bern" }, caller: { type: "direct" } },
            { type: "tool_use", id: "c2", name: "clock", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "c1", content: '{"sky":"blue"}' },
            { type: "tool_result", tool_use_id: "c2", content: "it broke", is_error: true },
          ],
        },
        { role: "user", content: "Well?" },
      ],
      tools: [
        {
          name: "weather",
          description: "The weather of a city.",
          input_schema: { ...tools[0].parameters, type: "object", required: ["city"] },
        },
        { name: "clock", input_schema: { type: "object", properties: {} } },
      ],
      tool_choice: { type: "any" },
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "low", format: { type: "json_schema", schema: closed } },
      stop_sequences: ["END"],
      metadata: { user_id: "u1" },
      cache_control: { type: "ephemeral" },
    };
    const thinking = { type: "thinking", thinking: "I see.", signature: "sig" };
    const messages = history("anthropic", thinking, { caller: { type: "direct" } });
    const { body, headers, address } = await sent(make, { ...settings, messages });
    expect(body).toEqual(expected);
    expect(headers).toMatchObject({ authorization: `Bearer ${apiKey}`, "idempotency-key": "key-1" });
    expect(address).toBe("/v1/messages");
  });

  test("a small one, streamed, with documents and the raw escape hatch", async () => {
    const expected: Anthropic.MessageCreateParamsStreaming = {
      model: "m",
      max_tokens: 16_384,
      messages: [
        {
          role: "user",
          content: [
            {
              type: "document",
              source: { type: "base64", media_type: "application/pdf", data: "cGRm" },
              title: "a.pdf",
            },
            { type: "document", source: { type: "text", media_type: "text/plain", data: "words" } },
            { type: "image", source: { type: "url", url: "https://example.com/i.png" } },
          ],
        },
      ],
      thinking: { type: "disabled" },
      service_tier: "auto",
      stream: true,
    };
    const content = [
      { type: "file", mediaType: "application/pdf", data: "cGRm", name: "a.pdf" },
      { type: "file", mediaType: "text/markdown", data: Buffer.from("words").toString("base64") },
      { type: "file", mediaType: "image/png", url: "https://example.com/i.png" },
    ] as const;
    const request: ModelRequest = {
      messages: [{ role: "user", content }],
      reasoning: "none",
      raw: { anthropic: { service_tier: "auto" }, openai: { user: "x" } },
    };
    expect((await sent(make, request, true)).body).toEqual(expected);
  });

  test("a pause goes on with the vendor's own blocks", async () => {
    const block = { type: "server_tool_use", id: "srv1", name: "web_search", input: { query: "x" } } as const;
    const turn = { role: "assistant", content: [{ type: "vendor", vendor: "anthropic", block }] } as const;
    const { body } = await sent(make, { messages: [...hi.messages, turn] });
    expect(body["messages"]).toEqual([hi.messages[0], { role: "assistant", content: [block] }]);
  });

  test("structured output by tool, where a model is too old for the native way", async () => {
    const old = (baseUrl: string): Model => claude({ apiKey, baseUrl, structured: "tool" });
    expect((await sent(old, { ...hi, output: { name: "place", schema: outputSchema } })).body).toMatchObject({
      tools: [{ name: "place", input_schema: outputSchema }],
      tool_choice: { type: "tool", name: "place" },
    });
  });
});

test("without a key nothing is sent, and the error names the variable", async () => {
  const before = process.env["ANTHROPIC_API_KEY"];
  delete process.env["ANTHROPIC_API_KEY"];
  try {
    const model = claude({ baseUrl: "http://127.0.0.1:9" });
    await expect(model.generate(hi)).rejects.toMatchObject({
      code: "auth",
      message: expect.stringContaining("ANTHROPIC_API_KEY"),
    });
  } finally {
    if (before !== undefined) process.env["ANTHROPIC_API_KEY"] = before;
  }
});
