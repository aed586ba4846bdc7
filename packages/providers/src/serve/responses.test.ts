import type { OpenAI } from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import { scriptedModel } from "@brainops/core/testing";
import { chain } from "@brainops/providers";
import { down, served, signed } from "../test-support/served.ts";

describe("a chain as an endpoint of Responses", () => {
  test("OpenAI's client of Responses gets the failover, tools, and reasoning that goes back as it was", async () => {
    const up = scriptedModel([
      {
        answer: { reasoning: "Hm.", text: "See.", toolCalls: [{ id: "c1", name: "weather", args: { a: 1 } }] },
        times: 1,
      },
      { answer: "Blue." },
    ]);
    const opaque = { thoughtSignature: "sig" };
    const { openai } = await served(onTestFinished, chain([down(), signed(up, opaque)]));
    const parameters = { type: "object", properties: {} };
    const tools: OpenAI.Responses.Tool[] = [
      { type: "function", name: "weather", description: "The weather.", parameters, strict: false },
    ];
    const input: OpenAI.Responses.ResponseInput = [
      { role: "developer", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "input_text", text: "The sky?" },
          { type: "input_image", detail: "auto", image_url: "data:image/png;base64,aW1n" },
        ],
      },
    ];
    const ask = { model: "any", instructions: "Be kind.", tools, max_output_tokens: 9 };
    const first = await openai.responses.create({ ...ask, input });
    expect(first).toMatchObject({
      status: "completed",
      output_text: "See.",
      output: [{ type: "reasoning" }, { type: "message" }, { call_id: "c1", name: "weather", arguments: '{"a":1}' }],
      brainops: { attempts: [{ code: "overloaded" }, { outcome: "answered" }] },
    });
    const result = { type: "function_call_output" as const, call_id: "c1", output: "blue" };
    const second = await openai.responses.create({
      ...ask,
      input: [...input, ...(first.output as OpenAI.Responses.ResponseInput), result],
    });
    expect(second.output_text).toBe("Blue.");
    expect(up.calls[1]?.request).toMatchObject({
      system: "Be kind.\n\nBe brief.",
      maxTokens: 9,
      tools: [{ name: "weather", description: "The weather." }],
      messages: [
        { content: [{ type: "text" }, { type: "file", mediaType: "image/png", data: "aW1n" }] },
        {
          role: "assistant",
          content: [
            { type: "reasoning", vendor: "google", opaque },
            { text: "See." },
            { type: "tool-call", id: "c1", args: { a: 1 } },
          ],
        },
        { role: "tool", content: [{ id: "c1", name: "weather", result: "blue" }] },
      ],
    });
  });

  test("what Responses would need a memory for is refused, and says so", async () => {
    const { openai } = await served(onTestFinished, scriptedModel([{ answer: "Here." }]));
    const asked = openai.responses.create({ model: "m", input: "Go on.", previous_response_id: "resp_1" });
    await expect(asked).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("previous_response_id"),
    });
  });

  test("OpenAI's client of Responses hears streams, with calls side by side", async () => {
    const usage = { inputTokens: 4, outputTokens: 2 };
    const calls = ["c1", "c2"].map((id) => ({ id, name: "weather", args: { of: id } }));
    const up = scriptedModel([{ answer: { reasoning: "Hm.", text: ["One ", "two."], toolCalls: calls, usage } }]);
    const { openai } = await served(onTestFinished, chain([down(), signed(up, { thoughtSignature: "sig" })]));
    const heard: string[] = [];
    const stream = openai.responses.stream({ model: "m", input: "Count." });
    for await (const event of stream) if (event.type === "response.output_text.delta") heard.push(event.delta);
    expect(heard.join("")).toBe("One two.");
    const whole = await stream.finalResponse();
    expect(whole).toMatchObject({
      status: "completed",
      output_text: "One two.",
      usage: { input_tokens: 4, output_tokens: 2, total_tokens: 6 },
      brainops: { attempts: [{ code: "overloaded" }, { outcome: "answered" }] },
    });
    const texts = whole.output.map((item) => (item.type === "function_call" ? item.arguments : item.type));
    expect(texts).toEqual(["reasoning", "message", '{"of":"c1"}', '{"of":"c2"}', "reasoning"]);
    expect(whole.output.at(-1)).toMatchObject({ encrypted_content: expect.stringMatching(/./) });
  });
});
