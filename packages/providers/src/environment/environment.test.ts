import { expect, test } from "vitest";
import { modelsFromEnvironment } from "@brainops/providers";
import { fakeOllama } from "../test-support/fake-ollama.ts";
import { fakeVendor } from "../test-support/fake-vendor.ts";
import { ollamaUrl } from "./environment.ts";

const names = async (env: { readonly [name: string]: string }): Promise<string[]> =>
  (await modelsFromEnvironment({ env, probe: false })).map((model) => model.name);

test("the models that are there, in the chain's order", async () => {
  expect(await names({})).toEqual([]);
  expect(
    await names({ GEMINI_API_KEY: "g", OLLAMA_HOST: "127.0.0.1", ANTHROPIC_API_KEY: "a", OPENAI_API_KEY: "o" }),
  ).toEqual(["claude", "gpt", "gemini", "local"]);
  expect(await names({ OPENAI_API_KEY: "o", ANTHROPIC_API_KEY: "  " })).toEqual(["gpt"]);
});

test("the local server and its model can be named", async () => {
  const server = await fakeVendor(fakeOllama, { text: "Hello." });
  try {
    const env = { BRAINOPS_LOCAL_URL: server.url, BRAINOPS_LOCAL_MODEL: "mine", OLLAMA_HOST: "elsewhere:1" };
    const [model] = await modelsFromEnvironment({ env });
    // This server answers everything like a chat, so that it looks like one of OpenAI's protocol.
    await model?.generate({ messages: [{ role: "user", content: "Hi." }] }).catch(() => undefined);
    expect(server.requests.at(-1)).toMatchObject({ model: "mine" });
  } finally {
    await server.close();
  }
});

test.each([
  ["127.0.0.1:11434", "http://127.0.0.1:11434"],
  ["0.0.0.0", "http://127.0.0.1:11434"],
  [":8080", "http://127.0.0.1:8080"],
  ["box.lan", "http://box.lan:11434"],
  ["https://box.lan/ollama", "https://box.lan/ollama"],
  ["http://0.0.0.0:11434", "http://127.0.0.1:11434"],
  ["[::1]:11434", "http://[::1]:11434"],
  ["[::1]", "http://[::1]:11434"],
])("OLLAMA_HOST=%s means %s", (host, url) => {
  expect(ollamaUrl(host)).toBe(url);
});
