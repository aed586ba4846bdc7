import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAI as createOpenAI2 } from "@ai-sdk/openai-v2";
import { createOpenAI as createOpenAI3 } from "@ai-sdk/openai-v3";
import { createAnthropic } from "@ai-sdk/anthropic";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { AssistantPart, Model, ModelRequest, ModelResponse } from "@brainops/core";
import { modelSuite, scriptedModel } from "@brainops/core/testing";
import { chain, fromAiSdk, toAiSdk, type AiSdkModel } from "@brainops/providers";
import { fakeAnthropic } from "../test-support/fake-anthropic.ts";
import { fakeChat } from "../test-support/fake-chat.ts";
import { fakeVendor, type FakeVendor } from "../test-support/fake-vendor.ts";

const apiKey = "test-key-0000";

const made: { readonly [name: string]: readonly [FakeVendor, (url: string) => AiSdkModel] } = {
  "specification 2": [fakeChat, (baseURL) => createOpenAI2({ apiKey, baseURL }).chat("m")],
  "specification 3": [fakeChat, (baseURL) => createOpenAI3({ apiKey, baseURL }).chat("m")],
  "specification 4": [fakeChat, (baseURL) => createOpenAI({ apiKey, baseURL }).chat("m")],
  "specification 4, Anthropic": [fakeAnthropic, (url) => createAnthropic({ apiKey, baseURL: `${url}/v1` })("m")],
};

describe.each(Object.entries(made))("a model of the AI SDK as a Model: %s", (_name, [vendor, make]) => {
  modelSuite(
    { describe, test },
    {
      async create(answer) {
        const server = await fakeVendor(vendor, answer);
        const model: Model = fromAiSdk(make(server.url));
        return { model, close: server.close };
      },
    },
  );
});

describe("a chain as a model of the AI SDK", () => {
  const down = (): Model => scriptedModel([{ answer: { fail: { code: "overloaded" } } }], { name: "down" });

  test("it is one of the fourth specification", () => {
    const model: LanguageModelV4 = toAiSdk(chain([down()]));
    expect(model.specificationVersion).toBe("v4");
  });

  test("generateText gets the failover, and who answered", async () => {
    const up = scriptedModel([{ answer: { text: "Hello.", usage: { inputTokens: 7, outputTokens: 2 } } }], {
      name: "up",
    });
    const model = toAiSdk(chain([down(), up]));
    const result = await generateText({ model, system: "Be kind.", prompt: "Hi.", maxOutputTokens: 9, maxRetries: 0 });
    expect(result.text).toBe("Hello.");
    expect(result.usage).toMatchObject({ inputTokens: 7, outputTokens: 2 });
    expect(result.providerMetadata).toMatchObject({
      brainops: { model: "scripted-up", attempts: [{ outcome: "failed" }, { outcome: "answered" }] },
    });
    expect(up.calls[0]?.request).toEqual({
      system: "Be kind.",
      messages: [{ role: "user", content: [{ type: "text", text: "Hi." }] }],
      maxTokens: 9,
    });
  });

  test("tools run, and their results go on", async () => {
    const up = scriptedModel([
      { times: 1, answer: { text: "Let me see.", toolCalls: [{ name: "weather", args: { city: "Bern" } }] } },
      { answer: "Blue." },
    ]);
    const result = await generateText({
      model: toAiSdk(chain([up])),
      prompt: "The sky over Bern?",
      tools: {
        weather: tool({ inputSchema: z.object({ city: z.string() }), execute: ({ city }) => ({ city, sky: "blue" }) }),
      },
      stopWhen: stepCountIs(3),
      maxRetries: 0,
    });
    expect(result.text).toBe("Blue.");
    expect(up.calls[1]?.request.messages.slice(1)).toMatchObject([
      {
        role: "assistant",
        content: [{ type: "text" }, { type: "tool-call", name: "weather", args: { city: "Bern" } }],
      },
      { role: "tool", content: [{ type: "tool-result", name: "weather", result: { city: "Bern", sky: "blue" } }] },
    ]);
  });

  test("signed reasoning goes back to its vendor, streamed or not", async () => {
    const thought = { type: "reasoning" as const, text: "Hm.", vendor: "anthropic", opaque: { signature: "sig" } };
    const sign = (response: ModelResponse): ModelResponse => {
      const parts = response.message.content as readonly AssistantPart[];
      const content = parts.map((part) => (part.type === "reasoning" ? thought : part));
      return { ...response, message: { role: "assistant", content } };
    };
    for (const streamed of [false, true]) {
      const asked: ModelRequest[] = [];
      const signing = scriptedModel([
        { answer: { reasoning: "Hm.", toolCalls: [{ name: "clock", args: {} }] }, times: 1 },
        { answer: "Noon." },
      ]);
      const model: Model = {
        name: "signing",
        async generate(request, call) {
          asked.push(request);
          return sign(await signing.generate(request, call));
        },
        async *stream(request, call) {
          asked.push(request);
          for await (const part of signing.stream(request, call)) {
            yield part.type === "finish" ? { ...part, response: sign(part.response) } : part;
          }
        },
      };
      const settings = {
        model: toAiSdk(chain([model])),
        prompt: "What time is it?",
        tools: { clock: tool({ inputSchema: z.object({}), execute: () => "noon" }) },
        stopWhen: stepCountIs(2),
        maxRetries: 0,
      };
      if (streamed) await streamText(settings).consumeStream();
      else await generateText(settings);
      const history = asked[1]?.messages[1]?.content;
      expect(history).toEqual(expect.arrayContaining([thought, expect.objectContaining({ type: "tool-call" })]));
    }
  });

  test("streamText hears the parts, and errors", async () => {
    const up = scriptedModel([{ answer: { reasoning: "Hm.", text: ["One ", "two."] } }]);
    const stream = streamText({ model: toAiSdk(chain([down(), up])), prompt: "Count.", maxRetries: 0 });
    const texts: string[] = [];
    for await (const text of stream.textStream) texts.push(text);
    expect(texts).toEqual(["One ", "two."]);
    expect(await stream.finishReason).toBe("stop");
    const errors: unknown[] = [];
    await streamText({
      model: toAiSdk(chain([down()], { waitMs: 0 })),
      prompt: "Count.",
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    }).consumeStream();
    expect(errors).toMatchObject([{ code: "no_model" }]);
  });

  test("the caller's abort stops the chain", async () => {
    const stopper = new AbortController();
    const hanging = scriptedModel([
      () => {
        setImmediate(() => stopper.abort());
        return { hang: true };
      },
    ]);
    const asked = generateText({
      model: toAiSdk(chain([hanging])),
      prompt: "Hi.",
      abortSignal: stopper.signal,
      maxRetries: 0,
    });
    await expect(asked).rejects.toMatchObject({ code: "aborted" });
  });
});
