import { expect, test } from "vitest";
import type { ModelRequest } from "@brainops/core";
import { claude, gemini, gpt, local } from "@brainops/providers";
import { loopback } from "../test-support/fake-vendor.ts";
import { failureOf } from "../test-support/play.ts";

const apiKey = "sk-test-51a8c2f09b7e";
const ask: ModelRequest = { messages: [{ role: "user", content: "Hi." }] };

test.each([
  ["claude", (key: string, baseUrl: string) => claude({ apiKey: key, baseUrl })],
  ["gpt", (key: string, baseUrl: string) => gpt({ apiKey: key, baseUrl })],
  ["gemini", (key: string, baseUrl: string) => gemini({ apiKey: key, baseUrl })],
  ["local", (key: string, baseUrl: string) => local({ apiKey: key, baseUrl, model: "m", protocol: "openai" })],
])("%s: the line end of a key is left out, and one that cannot be a key is not sent", async (_name, keyed) => {
  let headers = "";
  const server = await loopback((request, response) => {
    headers = JSON.stringify(request.headers);
    response.writeHead(500).end();
  });
  const { url } = server;
  await failureOf(keyed(`${apiKey}\n`, url).generate(ask));
  expect(headers).toContain(apiKey);
  const wrong = (): Promise<unknown> => Promise.resolve().then(() => keyed("sk-test “quoted”", url).generate(ask));
  const error = await failureOf(wrong());
  expect(error).toMatchObject({ code: "auth", message: expect.stringContaining("Copy it again") });
  expect(error.message).not.toContain("quoted");
  expect(server.requests).toHaveLength(1);
  await server.close();
});

test("base URLs that are no addresses, or that hold a password, are refused at once", () => {
  expect(() => local({ baseUrl: "localhost:11434" })).toThrow(expect.objectContaining({ code: "invalid_input" }));
  expect(() => claude({ baseUrl: "not a url" })).toThrow(/http:\/\/127\.0\.0\.1/);
  try {
    gpt({ baseUrl: "https://user:secret-word@example.com/v1" });
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid_input" });
    expect(String(error)).not.toContain("secret-word");
  }
});
