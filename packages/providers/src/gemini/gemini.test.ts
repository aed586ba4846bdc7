import type { Content, FunctionDeclaration, GenerateContentConfig } from "@google/genai";
import { describe, expect, test } from "vitest";
import type { Model, ModelRequest } from "@brainops/core";
import { gemini } from "@brainops/providers";
import { history, outputSchema, settings, tools } from "../test-support/rich-request.ts";
import { sent } from "../test-support/sent.ts";

// Bodies are written out here and checked against the request types of the vendor's own SDK.

const apiKey = "test-key-0000";
const hi: ModelRequest = { messages: [{ role: "user", content: "Hi." }] };
const make = (baseUrl: string): Model => gemini({ apiKey, baseUrl, model: "gemini-3.8-flash" });

describe("what gemini sends", () => {
  test("a whole request", async () => {
    const contents: Content[] = [
      { role: "user", parts: [{ text: "Where is this?" }, { inlineData: { mimeType: "image/png", data: "aW1n" } }] },
      {
        role: "model",
        parts: [
          { text: "I see.", thought: true, thoughtSignature: "sig0" },
          { text: "Let me look." },
          { functionCall: { id: "f1", name: "weather", args: { city: "Bern" } }, thoughtSignature: "sig1" },
          { functionCall: { name: "clock", args: {} } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "f1", name: "weather", response: { sky: "blue" } } },
          { functionResponse: { name: "clock", response: { error: "it broke" } } },
        ],
      },
      { role: "user", parts: [{ text: "Well?" }] },
    ];
    const functionDeclarations: FunctionDeclaration[] = [
      { name: "weather", description: "The weather of a city.", parametersJsonSchema: tools[0].parameters },
      { name: "clock", parametersJsonSchema: tools[1].parameters },
    ];
    const generationConfig: GenerateContentConfig = {
      maxOutputTokens: 200,
      temperature: 0.5,
      seed: 7,
      stopSequences: ["END"],
      responseMimeType: "application/json",
      responseJsonSchema: outputSchema,
    };
    const messages = history("google", { thoughtSignature: "sig0" }, { id: "f1", thoughtSignature: "sig1" });
    const { body, headers, address } = await sent(make, { ...settings, messages });
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents,
      tools: [{ functionDeclarations }],
      // The SDK's types want their enums here; the wire has their words.
      toolConfig: { functionCallingConfig: { mode: "ANY" } },
      generationConfig: { ...generationConfig, thinkingConfig: { includeThoughts: true, thinkingLevel: "LOW" } },
    });
    expect(headers).toMatchObject({ "x-goog-api-key": apiKey });
    expect(address).toBe("/v1/models/gemini-3.8-flash:generateContent");
  });

  test("a stream has its own address, and calls of other vendors pass the check of signatures", async () => {
    const request: ModelRequest = {
      messages: [
        ...hi.messages,
        { role: "assistant", content: [{ type: "tool-call", id: "c1", name: "clock", args: {} }] },
        { role: "tool", content: [{ type: "tool-result", id: "c1", name: "clock", result: 12 }] },
      ],
      tools,
      toolChoice: { tool: "clock" },
    };
    const { body, address } = await sent(make, request, true);
    expect(body["contents"]).toMatchObject([
      {},
      { parts: [{ functionCall: { name: "clock" }, thoughtSignature: "skip_thought_signature_validator" }] },
      { parts: [{ functionResponse: { response: { result: 12 } } }] },
    ]);
    expect(body["toolConfig"]).toEqual({ functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["clock"] } });
    expect(address).toBe("/v1/models/gemini-3.8-flash:streamGenerateContent?alt=sse");
  });

  test("older models count tokens of thought", async () => {
    const old = (baseUrl: string): Model => gemini({ apiKey, baseUrl, model: "gemini-2.5-flash" });
    expect((await sent(old, { ...hi, reasoning: "none" })).body).toMatchObject({
      generationConfig: { thinkingConfig: { thinkingBudget: 0 } },
    });
  });

  test("a client of the older SDK lends its key", async () => {
    const client = { apiKey, getGenerativeModel: () => undefined };
    const old = (baseUrl: string): Model => gemini({ client, baseUrl });
    expect((await sent(old, hi)).headers).toMatchObject({ "x-goog-api-key": apiKey });
  });
});
