import type { Anthropic } from "@anthropic-ai/sdk";
import { APIError, type OpenAI } from "openai";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Model } from "@brainops/core";
import { modelSuite, scriptedModel, type ScriptedAnswer } from "@brainops/core/testing";
import { chain, claude, gpt } from "@brainops/providers";
import { apiKey, down, serve, served, signed } from "../test-support/served.ts";

const clients: { readonly [name: string]: (url: string) => Model } = {
  claude: (baseUrl) => claude({ apiKey, baseUrl, model: "m" }),
  "gpt by responses": (url) => gpt({ apiKey, baseUrl: `${url}/v1`, model: "m" }),
  "gpt by chat completions": (url) => gpt({ apiKey, baseUrl: `${url}/v1`, model: "m", api: "chat" }),
};

describe.each(Object.entries(clients))("there and back by the wire of %s", (_name, make) => {
  modelSuite(
    { describe, test },
    {
      async create(answer: ScriptedAnswer) {
        const { url, close } = await serve(scriptedModel([{ answer }]));
        return { model: make(url), close };
      },
      // The vendor's key is the server's business; its clients only learn that it failed.
      code: (code) => (code === "auth" ? "server_error" : code),
    },
  );
});

describe("a chain as an endpoint", () => {
  const tool = { name: "weather", description: "The weather.", schema: { type: "object" as const, properties: {} } };

  test("OpenAI's client gets the failover, tools and their results", async () => {
    const up = scriptedModel(
      [
        { answer: { text: "See.", toolCalls: [{ id: "c1", name: "weather", args: { a: 1 } }] }, times: 1 },
        { answer: "Blue." },
      ],
      { name: "up" },
    );
    const { openai } = await served(onTestFinished, chain([down(), up]));
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: "system", content: "Be kind." },
      {
        role: "user",
        content: [
          { type: "text", text: "The sky?" },
          { type: "image_url", image_url: { url: "data:image/png;base64,aW1n" } },
        ],
      },
    ];
    const tools: OpenAI.ChatCompletionTool[] = [
      { type: "function", function: { name: tool.name, description: tool.description, parameters: tool.schema } },
    ];
    const first = await openai.chat.completions.create({ model: "any", messages, tools, max_completion_tokens: 9 });
    const message = first.choices[0]?.message;
    expect(message?.tool_calls).toEqual([
      { id: "c1", type: "function", function: { name: "weather", arguments: '{"a":1}' } },
    ]);
    expect(first).toMatchObject({
      brainops: { model: "scripted-up", attempts: [{ code: "overloaded" }, { outcome: "answered" }] },
    });
    if (message === undefined) throw new Error("there is no message");
    const history = [...messages, message, { role: "tool" as const, tool_call_id: "c1", content: "blue" }];
    const second = await openai.chat.completions.create({ model: "any", messages: history, tools });
    expect(second.choices[0]).toMatchObject({ message: { content: "Blue." }, finish_reason: "stop" });
    expect(up.calls[1]?.request).toMatchObject({
      system: "Be kind.",
      tools: [{ name: "weather", description: "The weather." }],
      messages: [
        { content: [{ type: "text" }, { type: "file", mediaType: "image/png", data: "aW1n" }] },
        { content: [{ text: "See." }, { type: "tool-call", id: "c1", args: { a: 1 } }] },
        { role: "tool", content: [{ id: "c1", name: "weather", result: "blue" }] },
      ],
    });
  });

  test("Anthropic's client gets the failover, and signed reasoning goes back as it was", async () => {
    const up = scriptedModel([{ answer: { reasoning: "Hm.", toolCalls: [{ id: "c1", name: "weather", args: {} }] } }]);
    const opaque = { thoughtSignature: "sig" };
    const { anthropic } = await served(onTestFinished, chain([down(), signed(up, opaque)]));
    const tools = [{ name: tool.name, description: tool.description, input_schema: tool.schema }];
    const ask = { model: "any", max_tokens: 50, tools };
    const messages: Anthropic.MessageParam[] = [{ role: "user", content: "The sky?" }];
    const first = await anthropic.messages.create({ ...ask, messages });
    expect(first).toMatchObject({
      stop_reason: "tool_use",
      content: [{ type: "thinking", thinking: "Hm." }, { type: "tool_use" }],
    });
    messages.push(
      { role: "assistant", content: first.content },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "c1", content: "blue" },
          { type: "text", text: "So?" },
        ],
      },
    );
    await anthropic.messages.create({ ...ask, messages });
    expect(up.calls[1]?.request.messages.slice(1)).toMatchObject([
      { role: "assistant", content: [{ type: "reasoning", vendor: "google", opaque }, { type: "tool-call" }] },
      { role: "tool", content: [{ id: "c1", name: "weather", result: "blue" }] },
      { role: "user", content: [{ text: "So?" }] },
    ]);
  });

  test("both clients hear streams", async () => {
    const up = scriptedModel([
      { answer: { reasoning: "Hm.", text: ["One ", "two."], usage: { inputTokens: 4, outputTokens: 2 } } },
    ]);
    const { openai, anthropic } = await served(onTestFinished, chain([down(), up]));
    const messages = [{ role: "user" as const, content: "Count." }];
    let text = "";
    let usage: unknown;
    const chunks = await openai.chat.completions.create({
      model: "m",
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of chunks) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe("One two.");
    expect(usage).toMatchObject({ prompt_tokens: 4, completion_tokens: 2 });
    const message = await anthropic.messages.stream({ model: "m", max_tokens: 9, messages }).finalMessage();
    expect(message.content).toMatchObject([
      { type: "thinking", thinking: "Hm." },
      { type: "text", text: "One two." },
    ]);
    expect(message.usage).toMatchObject({ output_tokens: 2 });
  });

  test("a stream that is cut is an error for all, never a short answer", async () => {
    const { openai, anthropic } = await served(
      onTestFinished,
      scriptedModel([{ answer: { text: "Half", fail: { code: "stream_truncated" } } }]),
    );
    const messages = [{ role: "user" as const, content: "Count." }];
    const chunks = await openai.chat.completions.create({ model: "m", messages, stream: true });
    const read = async (): Promise<void> => {
      for await (const _chunk of chunks);
    };
    await expect(read()).rejects.toThrow(/terminated|connection|ended|premature/i);
    await expect(openai.responses.stream({ model: "m", input: "Count." }).finalResponse()).rejects.toThrow(
      /terminated|connection|ended|premature/i,
    );
    await expect(anthropic.messages.stream({ model: "m", max_tokens: 9, messages }).finalMessage()).rejects.toThrow(
      /terminated|connection|ended|premature/i,
    );
  });

  test("a chain that gave up says when to come back, and nothing about keys", async () => {
    const secret = scriptedModel([{ answer: { fail: { code: "auth", message: "wrong key sk-1234567890abcdef" } } }], {
      name: "x",
    });
    const slow = scriptedModel([{ answer: { fail: { code: "rate_limit", retryAfterMs: 90_000 } } }]);
    const { openai } = await served(onTestFinished, chain([secret, slow], { waitMs: 0 }));
    const error: unknown = await openai.chat.completions
      .create({ model: "m", messages: [{ role: "user", content: "Hi." }] })
      .catch((cause: unknown) => cause);
    if (!(error instanceof APIError)) throw error;
    expect(error.status).toBe(503);
    expect(Number((error.headers as Headers).get("retry-after"))).toBeGreaterThan(80);
    expect(error.message).not.toMatch(/key/);
  });

  test("the key is asked for, and what is no request is refused", async () => {
    const { url } = await served(onTestFinished, scriptedModel([{ answer: "Here." }]), {
      key: "mine",
      maxRequestBytes: 1_000,
    });
    const post = (path: string, body: string, key = "mine") =>
      fetch(url + path, { method: "POST", body, headers: { "x-api-key": key } }).then(({ status }) => status);
    const good = JSON.stringify({ model: "m", messages: [{ role: "user", content: "Hi." }] });
    expect(await post("/v1/messages", good)).toBe(200);
    expect(await post("/v1/messages", good, "other")).toBe(401);
    expect(await post("/v1/elsewhere", good)).toBe(404);
    expect(await post("/v1/chat/completions", "nonsense")).toBe(400);
    expect(await post("/v1/chat/completions", JSON.stringify({ messages: [{ role: "robot" }] }))).toBe(400);
    expect(await post("/v1/messages", " ".repeat(2_000))).toBe(400);
  });

  test("a client that goes away stops the call", async () => {
    const stopped = Promise.withResolvers<void>();
    const hanging: Model = {
      ...scriptedModel([{ answer: { hang: true } }]),
      generate: (_request, { signal } = {}) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => {
            stopped.resolve();
            reject(new Error("stopped"));
          });
          queueMicrotask(() => stopper.abort());
        }),
    };
    const stopper = new AbortController();
    const { openai } = await served(onTestFinished, hanging);
    const asked = openai.chat.completions.create(
      { model: "m", messages: [{ role: "user", content: "Hi." }] },
      { signal: stopper.signal },
    );
    await expect(asked).rejects.toThrow(/abort/i);
    await stopped.promise;
  });

  test.each<[string, (clients: { openai: OpenAI; anthropic: Anthropic }) => Promise<{ abort(): void }>]>([
    [
      "Chat Completions",
      async ({ openai }) =>
        (
          await openai.chat.completions.create({
            model: "m",
            messages: [{ role: "user", content: "Hi." }],
            stream: true,
          })
        ).controller,
    ],
    [
      "Responses",
      async ({ openai }) => (await openai.responses.create({ model: "m", input: "Hi.", stream: true })).controller,
    ],
    [
      "Messages",
      async ({ anthropic }) =>
        (
          await anthropic.messages.create({
            model: "m",
            max_tokens: 9,
            messages: [{ role: "user", content: "Hi." }],
            stream: true,
          })
        ).controller,
    ],
  ])("a client of %s that leaves a stream stops the call", async (_name, open) => {
    const stopped = Promise.withResolvers<void>();
    const endless: Model = {
      ...scriptedModel([{ answer: "Here." }]),
      async *stream(_request, { signal } = {}) {
        yield { type: "text", text: "One" };
        await new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => {
            stopped.resolve();
            reject(new Error("stopped"));
          });
        });
      },
    };
    (await open(await served(onTestFinished, chain([endless])))).abort();
    await expect(stopped.promise).resolves.toBeUndefined();
  });

  test("it lists itself", async () => {
    const { openai } = await served(onTestFinished, chain([down()], { name: "mine" }));
    expect((await openai.models.list()).data).toMatchObject([{ id: "mine" }]);
  });
});
