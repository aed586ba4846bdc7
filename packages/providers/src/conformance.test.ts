import { describe, test } from "vitest";
import { BrainOpsError, type ErrorCode, type Model } from "@brainops/core";
import { modelSuite, scriptedModel, type ScriptedAnswer } from "@brainops/core/testing";
import { chain, claude, gemini, gpt, local } from "@brainops/providers";
import { fakeAnthropic } from "./test-support/fake-anthropic.ts";
import { fakeChat } from "./test-support/fake-chat.ts";
import { fakeGemini } from "./test-support/fake-gemini.ts";
import { fakeOllama } from "./test-support/fake-ollama.ts";
import { fakeResponses } from "./test-support/fake-responses.ts";
import { fakeVendor, type FakeVendor } from "./test-support/fake-vendor.ts";

const apiKey = "test-key-0000";

const adapters: { readonly [name: string]: readonly [FakeVendor, (baseUrl: string) => Model] } = {
  claude: [fakeAnthropic, (baseUrl) => claude({ apiKey, baseUrl })],
  gpt: [fakeResponses, (baseUrl) => gpt({ apiKey, baseUrl })],
  "gpt by chat completions": [fakeChat, (baseUrl) => gpt({ apiKey, baseUrl, api: "chat" })],
  gemini: [fakeGemini, (baseUrl) => gemini({ apiKey, baseUrl })],
  "local by Ollama": [fakeOllama, (baseUrl) => local({ baseUrl, model: "m", protocol: "ollama" })],
  "local by OpenAI's protocol": [fakeChat, (baseUrl) => local({ baseUrl, model: "m", protocol: "openai" })],
};

for (const [name, [vendor, make]] of Object.entries(adapters)) {
  describe(name, () => {
    modelSuite(
      { describe, test },
      {
        async create(answer) {
          const server = await fakeVendor(vendor, answer);
          return { model: make(server.url), close: server.close };
        },
      },
    );
  });
}

describe("chain", () => {
  const down = new BrainOpsError("overloaded", "It is overloaded.");
  const create = (answer: ScriptedAnswer): { model: Model } => ({
    model: chain([scriptedModel([() => down], { name: "down" }), scriptedModel([{ answer }])], { waitMs: 0 }),
  });
  // When the last model fails, too, the chain has none that could answer.
  const code = (failure: ErrorCode): ErrorCode => (failure === "stream_truncated" ? failure : "no_model");
  modelSuite({ describe, test }, { create, code });
});
