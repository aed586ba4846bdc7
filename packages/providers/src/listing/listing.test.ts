import { afterEach, describe, expect, test } from "vitest";
import { claude, gemini, gpt, local, type ListingModel } from "@brainops/providers";
import { loopback, type LoopbackServer } from "../test-support/fake-vendor.ts";

const apiKey = "test-key-0000";
let server: LoopbackServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const cases: {
  readonly [name: string]: readonly [(url: string) => ListingModel, { readonly [path: string]: object }, object[]];
} = {
  "claude, page by page": [
    (baseUrl) => claude({ apiKey, baseUrl }),
    {
      "/v1/models?limit=1000": { data: [{ id: "a", display_name: "A" }], has_more: true, last_id: "a" },
      "/v1/models?limit=1000&after_id=a": {
        data: [{ id: "b", display_name: "B", max_input_tokens: 9 }],
        has_more: false,
      },
    },
    [
      { id: "a", title: "A" },
      { id: "b", title: "B", contextTokens: 9 },
    ],
  ],
  gpt: [
    (url) => gpt({ apiKey, baseUrl: `${url}/v1` }),
    { "/v1/models": { object: "list", data: [{ id: "a" }, { id: "b" }] } },
    [{ id: "a" }, { id: "b" }],
  ],
  "gemini, only what answers": [
    (baseUrl) => gemini({ apiKey, baseUrl }),
    {
      "/v1/models?pageSize=1000": {
        models: [
          {
            name: "models/a",
            displayName: "A",
            inputTokenLimit: 5,
            outputTokenLimit: 2,
            supportedGenerationMethods: ["generateContent"],
          },
          { name: "models/e", supportedGenerationMethods: ["embedContent"] },
        ],
        nextPageToken: "t",
      },
      "/v1/models?pageSize=1000&pageToken=t": {
        models: [{ name: "models/b", supportedGenerationMethods: ["generateContent"] }],
      },
    },
    [{ id: "a", title: "A", contextTokens: 5, outputTokens: 2 }, { id: "b" }],
  ],
  "gemini by the old client": [
    (baseUrl) => gemini({ client: { apiKey, getGenerativeModel: () => undefined }, baseUrl }),
    { "/v1/models?pageSize=1000": { models: [{ name: "models/a", supportedGenerationMethods: ["generateContent"] }] } },
    [{ id: "a" }],
  ],
  Ollama: [
    (baseUrl) => local({ baseUrl }),
    { "/api/version": { version: "1" }, "/api/tags": { models: [{ name: "llama3.2" }] } },
    [{ id: "llama3.2" }],
  ],
  "an OpenAI-compatible server": [
    (baseUrl) => local({ baseUrl, protocol: "openai" }),
    { "/v1/models": { data: [{ id: "qwen", max_model_len: 7 }] } },
    [{ id: "qwen", contextTokens: 7 }],
  ],
};

describe("listing the models of a vendor", () => {
  test.each(Object.entries(cases))("%s", async (_name, [make, pages, expected]) => {
    server = await loopback((request, response) => {
      const page = pages[decodeURIComponent(request.url ?? "")];
      response.writeHead(page === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(page ?? {}));
    });
    expect(await make(server.url).models()).toEqual(expected);
  });

  test("a page of a proxy is an error that says so", async () => {
    server = await loopback((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<html><title>Login</title></html>");
    });
    await expect(local({ baseUrl: server.url, protocol: "openai", model: "m" }).models()).rejects.toMatchObject({
      code: "invalid_response",
    });
  });
});
