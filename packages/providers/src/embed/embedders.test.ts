import { afterEach, describe, expect, test } from "vitest";
import type { Embedder, JsonObject } from "@brainops/core";
import { geminiEmbedder, gptEmbedder, ollamaEmbedder } from "@brainops/providers";
import { loopback, type LoopbackServer } from "../test-support/fake-vendor.ts";

const apiKey = "sk-test-000000000000";
let server: LoopbackServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** The vector of a text, not of length one. */
const vector = (text: string): number[] => [text.length, 2, 0];
const base64 = (values: readonly number[]): string => Buffer.from(Float32Array.from(values).buffer).toString("base64");

interface Wire {
  readonly make: (baseUrl: string) => Embedder;
  readonly texts: (body: JsonObject) => string[];
  readonly answer: (vectors: readonly number[][]) => JsonObject;
  readonly path: string;
  readonly most: number;
}

const wires: { readonly [name: string]: Wire } = {
  gpt: {
    make: (baseUrl) => gptEmbedder({ apiKey, baseUrl, model: "other", dimensions: 3 }),
    texts: (body) => body["input"] as string[],
    // Out of order, as the vendor may.
    answer: (vectors) => ({
      data: vectors.map((values, index) => ({ index, embedding: base64(values) })).toReversed(),
    }),
    path: "/embeddings",
    most: 2_048,
  },
  gemini: {
    make: (baseUrl) => geminiEmbedder({ apiKey, baseUrl, dimensions: 3, taskType: "RETRIEVAL_QUERY" }),
    texts: (body) =>
      (body["requests"] as { content: { parts: { text: string }[] } }[]).map(
        ({ content }) => content.parts[0]?.text ?? "",
      ),
    answer: (vectors) => ({ embeddings: vectors.map((values) => ({ values })) }),
    path: "/v1beta/models/gemini-embedding-001:batchEmbedContents",
    most: 100,
  },
  ollama: {
    make: (baseUrl) => ollamaEmbedder({ baseUrl, model: "nomic-embed-text", dimensions: 3 }),
    texts: (body) => body["input"] as string[],
    answer: (embeddings) => ({ embeddings }),
    path: "/api/embed",
    most: 512,
  },
};

describe.each(Object.entries(wires))("%s", (_name, { make, texts, answer, path, most }) => {
  const start = async (reply: (body: JsonObject) => JsonObject, status = 200): Promise<Embedder> => {
    server = await loopback((request, response, body) => {
      expect(request.url).toBe(path);
      response.writeHead(status, { "content-type": "application/json", "x-request-id": "r1" });
      response.end(JSON.stringify(reply(body)));
    });
    return make(server.url);
  };

  test("one vector a text, in order, of length one, in as few requests as the vendor allows", async () => {
    const embedder = await start((body) => answer(texts(body).map(vector)));
    const asked = Array.from({ length: most + 1 }, (_, index) => "x".repeat((index % 9) + 1));
    const vectors = await embedder.embed(asked);
    expect(vectors).toHaveLength(asked.length);
    for (const [index, one] of vectors.entries()) {
      const [a = 0, b = 0] = vector(asked[index] ?? "");
      expect(one[0]).toBeCloseTo(a / Math.hypot(a, b), 5);
    }
    expect(server?.requests.map((body) => texts(body).length)).toEqual([most, 1]);
    expect(await embedder.embed([])).toEqual([]);
    expect(server?.requests[0]).toMatchSnapshot(
      Object.fromEntries(
        Object.keys(server?.requests[0] ?? {})
          .filter((key) => key === "input" || key === "requests")
          .map((key) => [key, expect.any(Array)]),
      ),
    );
  });

  test.each<[string, (asked: number) => number[][]]>([
    ["too few vectors", (asked) => Array.from({ length: asked - 1 }, () => [1, 2, 3])],
    ["another length", (asked) => Array.from({ length: asked }, () => [1, 2])],
  ])("%s are invalid_response", async (_what, vectors) => {
    const embedder = await start((body) => answer(vectors(texts(body).length)));
    await expect(embedder.embed(["a", "b"])).rejects.toMatchObject({
      code: "invalid_response",
      details: { requestId: "r1" },
    });
  });

  test("a vendor's error has its code, and never the key", async () => {
    const embedder = await start(() => ({ error: { message: `Slow down, ${apiKey}` } }), 429);
    await expect(embedder.embed(["a"])).rejects.toMatchObject({ code: "rate_limit", details: { status: 429 } });
    await expect(embedder.embed(["a"])).rejects.not.toMatchObject({ message: expect.stringContaining(apiKey) });
  });

  test("an empty text is refused before anything is sent", async () => {
    const embedder = await start(() => ({}));
    await expect(embedder.embed(["a", ""])).rejects.toMatchObject({ code: "invalid_input" });
    expect(server?.requests).toHaveLength(0);
  });

  test("the caller can stop", async () => {
    server = await loopback(() => undefined);
    const stopper = new AbortController();
    const arrived = server.arrived();
    const embedding = make(server.url).embed(["a"], { signal: stopper.signal });
    await arrived;
    stopper.abort();
    await expect(embedding).rejects.toMatchObject({ code: "aborted" });
  });
});
