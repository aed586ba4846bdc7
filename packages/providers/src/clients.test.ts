import { Anthropic } from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { OpenAI } from "openai";
import { afterEach, describe, expect, test } from "vitest";
import type { JsonObject, Message, Model, ModelRequest, ModelResponse } from "@brainops/core";
import { claude, gemini, gpt, local } from "@brainops/providers";
import { loopback, type LoopbackServer } from "./test-support/fake-vendor.ts";

const apiKey = "test-key-0000";
const hi: ModelRequest = { messages: [{ role: "user", content: "Hi." }] };

let server: LoopbackServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe("a client that is handed in", () => {
  const models: { readonly [name: string]: (url: string) => Model } = {
    claude: (baseURL) => claude({ client: new Anthropic({ apiKey, authToken: null, baseURL }) }),
    gpt: (baseURL) => gpt({ client: new OpenAI({ apiKey, baseURL }) }),
    gemini: (baseUrl) => gemini({ client: new GoogleGenAI({ apiKey, httpOptions: { baseUrl } }) }),
  };

  test.each(Object.entries(models))("%s: its key is not said aloud either", async (_name, make) => {
    server = await loopback((_request, response) => {
      const body = { error: { message: `Wrong key: ${apiKey}.` } };
      response.writeHead(401, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    await expect(make(server.url).generate(hi)).rejects.toMatchObject({
      code: "auth",
      message: expect.stringContaining("Wrong key: [secret]"),
    });
  });

  test.each(Object.entries(models))(
    "%s: is used, without its retries, and its health is asked by it",
    async (_name, make) => {
      let status = 503;
      server = await loopback((_request, response) => {
        response
          .writeHead(status, { "content-type": "application/json", "retry-after": "7", "x-request-id": "r1" })
          .end("{}");
      });
      const model = make(server.url);
      await expect(model.generate(hi)).rejects.toMatchObject({
        code: "overloaded",
        details: { status: 503, retryAfterMs: 7_000, requestId: "r1" },
      });
      expect(server.requests).toHaveLength(1);
      expect(await model.health?.()).toMatchObject({ ok: false, detail: expect.stringContaining("503") });
      status = 200;
      expect(await model.health?.()).toEqual({ ok: true });
    },
  );
});

describe("an answer goes back to the vendor that gave it as it came, and to others without what only it understands", () => {
  const claudeBlocks = [
    { type: "thinking", thinking: "Hm.", signature: "sig" },
    { type: "redacted_thinking", data: "xxx" },
    { type: "server_tool_use", id: "s1", name: "web_search", input: { query: "q" } },
    { type: "web_search_tool_result", tool_use_id: "s1", content: [] },
    { type: "text", text: "Look." },
    { type: "tool_use", id: "t1", name: "clock", input: {}, caller: { type: "direct" } },
  ];
  const gptItems = [
    { type: "reasoning", id: "rs1", summary: [{ type: "summary_text", text: "Hm." }], encrypted_content: "enc" },
    { type: "web_search_call", id: "ws1", status: "completed" },
    { type: "message", id: "m1", role: "assistant", content: [{ type: "output_text", text: "Look." }] },
    { type: "function_call", id: "fc1", call_id: "t1", name: "clock", arguments: "{}", status: "completed" },
  ];
  const geminiParts = [
    { text: "Hm.", thought: true },
    { text: "Look.", thoughtSignature: "sig1" },
    { functionCall: { id: "t1", name: "clock", args: {} }, thoughtSignature: "sig2" },
  ];
  const vendors: {
    readonly [name: string]: readonly [JsonObject, (url: string) => Model, (body: JsonObject) => unknown, unknown];
  } = {
    claude: [
      { type: "message", model: "m", content: claudeBlocks, stop_reason: "tool_use", usage: {} },
      (baseUrl) => claude({ apiKey, baseUrl }),
      (body) => (body["messages"] as JsonObject[])[1]?.["content"],
      claudeBlocks,
    ],
    gpt: [
      { object: "response", model: "m", status: "completed", output: gptItems },
      (baseUrl) => gpt({ apiKey, baseUrl }),
      (body) => (body["input"] as JsonObject[]).slice(1, -1),
      [
        gptItems[0],
        gptItems[1],
        { role: "assistant", content: "Look." },
        { type: "function_call", id: "fc1", call_id: "t1", name: "clock", arguments: "{}" },
      ],
    ],
    gemini: [
      { candidates: [{ content: { parts: geminiParts }, finishReason: "STOP" }] },
      (baseUrl) => gemini({ apiKey, baseUrl }),
      (body) => (body["contents"] as JsonObject[])[1]?.["parts"],
      // A thought without a signature need not go back.
      geminiParts.slice(1),
    ],
  };
  const answers = new Map<string, ModelResponse>();
  const withResult = (response: ModelResponse): Message[] => [
    ...hi.messages,
    response.message,
    {
      role: "tool",
      content: response.toolCalls.map(({ id, name }) => ({ type: "tool-result", id, name, result: "noon" })),
    },
  ];

  test.each(Object.entries(vendors))("%s", async (name, [answer, make, turn, expected]) => {
    server = await loopback((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
    const model = make(server.url);
    const response = await model.generate(hi);
    expect(response).toMatchObject({
      text: "Look.",
      finishReason: "tool_calls",
      toolCalls: [{ name: "clock", args: {} }],
    });
    await model.generate({ messages: withResult(response) });
    expect(turn(server.requests[1] ?? {})).toEqual(expected);
    answers.set(name, response);
  });

  test("to others", async () => {
    server = await loopback((_request, response) => {
      response.writeHead(500).end();
    });
    const { url, requests } = server;
    const all: readonly Model[] = [
      claude({ apiKey, baseUrl: url }),
      gpt({ apiKey, baseUrl: url }),
      gemini({ apiKey, baseUrl: url }),
      local({ baseUrl: url, model: "m", protocol: "openai" }),
    ];
    for (const [name, response] of answers) {
      for (const model of all.filter((one) => one.name !== name)) {
        await expect(model.generate({ messages: withResult(response) })).rejects.toMatchObject({
          code: "server_error",
        });
        const sent = JSON.stringify(requests.at(-1));
        expect(sent).toContain("Look.");
        expect(sent).not.toMatch(/"sig\d?"|redacted_thinking|web_search|rs1|enc"|caller|Hm\./);
      }
    }
    expect(requests).toHaveLength(answers.size * (all.length - 1));
    expect(answers.size).toBe(3);
  });
});
