import { Anthropic } from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { OpenAI } from "openai";
import { chain, claude, gemini, gpt, local } from "@brainops/providers";
import type { Model, ModelRequest } from "@brainops/core";

/** What is asked in every comparison. */
export const request: ModelRequest = {
  system: "Answer shortly.",
  messages: [{ role: "user", content: "Say something about bears." }],
  maxTokens: 500,
};

const apiKey = "bench-key-0000";

/** One vendor: its model here, and the same request by hand. */
export interface Asked {
  readonly name: string;
  readonly model: (url: string) => Model;
  /** Path of the request by raw fetch; `body` is sent as it is. */
  readonly path: (stream: boolean) => string;
  readonly body: (stream: boolean) => object;
}

const messages = [{ role: "user", content: "Say something about bears." }];

const clients: { readonly [name: string]: (url: string) => Model } = {
  claude: (url) => claude({ client: new Anthropic({ apiKey, authToken: null, baseURL: url }), model: "m" }),
  gpt: (url) => gpt({ client: new OpenAI({ apiKey, baseURL: `${url}/v1` }), model: "m" }),
  gemini: (url) => gemini({ client: new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } }), model: "m" }),
};

/** The vendors that are compared. */
export const vendors: readonly Asked[] = [
  {
    name: "claude",
    model: (url) => claude({ apiKey, baseUrl: url, model: "m" }),
    path: () => "/v1/messages",
    body: (stream) => ({ model: "m", max_tokens: 500, system: "Answer shortly.", messages, stream }),
  },
  {
    name: "gpt",
    model: (url) => gpt({ apiKey, baseUrl: `${url}/v1`, model: "m" }),
    path: () => "/v1/responses",
    body: (stream) => ({ model: "m", input: messages, max_output_tokens: 500, stream }),
  },
  {
    name: "gpt by chat completions",
    model: (url) => gpt({ apiKey, baseUrl: `${url}/v1`, model: "m", api: "chat" }),
    path: () => "/v1/chat/completions",
    body: (stream) => ({ model: "m", messages, stream }),
  },
  {
    name: "gemini",
    model: (url) => gemini({ apiKey, baseUrl: url, model: "m" }),
    path: (stream) => `/v1beta/models/m:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: () => ({ contents: [{ role: "user", parts: [{ text: "Say something about bears." }] }] }),
  },
  {
    name: "local by Ollama",
    model: (url) => local({ baseUrl: url, model: "m", protocol: "ollama" }),
    path: () => "/api/chat",
    body: (stream) => ({ model: "m", messages, stream }),
  },
  {
    name: "local by OpenAI's protocol",
    model: (url) => local({ baseUrl: `${url}/v1`, model: "m", protocol: "openai" }),
    path: () => "/v1/chat/completions",
    body: (stream) => ({ model: "m", messages, stream }),
  },
];

/** The same by clients of the vendors' own packages that are handed in: each call then goes through the package. */
export const handedIn: readonly Asked[] = vendors.flatMap((asked): Asked[] => {
  const model = clients[asked.name];
  return model === undefined ? [] : [{ ...asked, name: `${asked.name}, client handed in`, model }];
});

/** A chain of one model, as everything here is measured: adapter and chain together. */
export const alone = (model: Model): Model => chain([model]);

/** The request by hand: sent, and read to its end. */
export async function byHand(asked: Asked, url: string, stream: boolean): Promise<string> {
  const response = await fetch(url + asked.path(stream), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${apiKey}` },
    body: JSON.stringify(asked.body(stream)),
  });
  if (!stream) return JSON.stringify(await response.json());
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let text = "";
  for (let piece = await reader?.read(); piece !== undefined && !piece.done; piece = await reader?.read()) {
    text += decoder.decode(piece.value, { stream: true });
  }
  return text;
}

/** Listens to a whole stream. */
export async function listen(model: Model): Promise<number> {
  let parts = 0;
  for await (const part of model.stream(request)) if (part.type === "text") parts += 1;
  return parts;
}
