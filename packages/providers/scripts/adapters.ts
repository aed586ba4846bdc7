import type { Model } from "@brainops/core";
import { claude, gemini, gpt, local } from "@brainops/providers";

/** Makes an adapter that talks to a base URL. */
export type MakeAdapter = (baseUrl: string) => Model;

const key = "test-key-0000";

/** Every adapter, by the API whose recordings it has to understand. */
export const adapters: { readonly [api: string]: { readonly [name: string]: MakeAdapter } } = {
  "anthropic.messages": { claude: (baseUrl) => claude({ apiKey: key, baseUrl }) },
  "openai.responses": { gpt: (baseUrl) => gpt({ apiKey: key, baseUrl }) },
  "openai.chat": {
    "gpt (chat)": (baseUrl) => gpt({ apiKey: key, baseUrl, api: "chat" }),
    "local (openai)": (baseUrl) => local({ baseUrl, model: "m", protocol: "openai" }),
  },
  "ollama.chat": { "local (ollama)": (baseUrl) => local({ baseUrl, model: "m", protocol: "ollama" }) },
  "ollama.generate": { "local (ollama)": (baseUrl) => local({ baseUrl, model: "m", protocol: "ollama" }) },
  "gemini.generateContent": {
    gemini: (baseUrl) => gemini({ apiKey: key, baseUrl }),
    "gemini (old client)": (baseUrl) =>
      gemini({ client: { apiKey: key, getGenerativeModel: () => undefined }, baseUrl }),
  },
};
