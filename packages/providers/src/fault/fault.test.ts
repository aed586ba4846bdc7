import { describe, expect, test } from "vitest";
import { errorCodes, type ErrorCode, type Json } from "@brainops/core";
import { loadSdk } from "../transport/sdk.ts";
import { classify } from "./classify.ts";
import { redact } from "./redact.ts";
import { retryAfterMs } from "./retry-after.ts";
import { readTrouble } from "./trouble.ts";

const error = (fields: { readonly [key: string]: Json }): Json => ({ error: fields });

describe("the code of an error", () => {
  // Each is a body as a vendor documents it or as it stands in a public report.
  test.each<[ErrorCode, number | undefined, Json | undefined]>([
    // Anthropic
    [
      "quota_exhausted",
      400,
      error({ type: "invalid_request_error", message: "Your credit balance is too low to access the Anthropic API." }),
    ],
    [
      "quota_exhausted",
      429,
      error({ type: "rate_limit_error", message: "Stopped.", details: { error_code: "enforced_spend_limit_reached" } }),
    ],
    [
      "context_length",
      400,
      error({
        type: "invalid_request_error",
        message: "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
      }),
    ],
    ["request_too_large", 413, error({ type: "request_too_large", message: "Request exceeds the maximum size" })],
    [
      "content_filter",
      400,
      error({ type: "invalid_request_error", message: "Output blocked by content filtering policy" }),
    ],
    [
      "invalid_request",
      400,
      error({
        type: "invalid_request_error",
        message: "max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens",
      }),
    ],
    ["rate_limit", undefined, error({ type: "rate_limit_error", message: "slow" })],
    ["server_error", undefined, error({ type: "api_error", message: "Internal server error" })],
    ["permission", 403, error({ type: "permission_error", message: "no" })],
    // OpenAI and those like it
    [
      "auth",
      401,
      error({ type: "invalid_request_error", code: "invalid_api_key", message: "Incorrect API key provided" }),
    ],
    [
      "not_found",
      404,
      error({ type: "invalid_request_error", code: "model_not_found", message: "The model `x` does not exist" }),
    ],
    [
      "permission",
      403,
      error({ type: "invalid_request_error", code: "model_not_found", message: "Project has no access to model" }),
    ],
    [
      "context_length",
      400,
      error({ code: "context_length_exceeded", message: "This model's maximum context length is 8192 tokens." }),
    ],
    [
      "content_filter",
      400,
      error({
        code: "invalid_prompt",
        message: "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
      }),
    ],
    [
      "content_filter",
      400,
      error({ code: "content_filter", message: "filtered", innererror: { code: "ResponsibleAIPolicyViolation" } }),
    ],
    [
      "overloaded",
      503,
      error({ message: "The engine is currently overloaded, please try again later", type: "server_error" }),
    ],
    [
      "rate_limit",
      429,
      error({ type: "tokens", code: "rate_limit_exceeded", message: "Rate limit reached for gpt-4o" }),
    ],
    [
      "context_length",
      400,
      error({
        code: 400,
        type: "exceed_context_size_error",
        message: "the request exceeds the available context size",
      }),
    ],
    ["quota_exhausted", 402, error({ message: "Insufficient Balance", type: "unknown_error" })],
    [
      "auth",
      400,
      {
        code: "Client specified an invalid argument",
        error: "Incorrect API key provided: xa***. You can obtain an API key from the console.",
      },
    ],
    ["invalid_request", 422, { detail: [{ loc: ["body", "messages"], msg: "field required" }] }],
    ["server_error", undefined, error({ message: "Provider returned error", code: 502 })],
    // Google
    ["auth", 401, error({ status: "UNAUTHENTICATED", code: 401, message: "no credentials" })],
    [
      "context_length",
      400,
      error({
        status: "INVALID_ARGUMENT",
        code: 400,
        message: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      }),
    ],
    [
      "quota_exhausted",
      429,
      error({
        status: "RESOURCE_EXHAUSTED",
        message: "quota",
        details: [{ violations: [{ quotaId: "GenerateRequestsPerDayPerProjectPerModel-FreeTier" }] }],
      }),
    ],
    ["server_error", undefined, [error({ status: "INTERNAL", code: 500, message: "An internal error has occurred" })]],
    ["overloaded", undefined, error({ status: "UNAVAILABLE", code: 503, message: "The model is overloaded." })],
    // Ollama
    ["not_found", 404, { error: "model 'llama9' not found" }],
    ["overloaded", 503, { error: "server busy, please try again. maximum pending requests exceeded" }],
    ["invalid_request", 400, { error: "registry.ollama.ai/library/gemma:2b does not support tools" }],
    // Nothing but a status
    ["server_error", 500, undefined],
    ["overloaded", 529, undefined],
    ["rate_limit", 429, {}],
    ["auth", 401, "Unauthorized"],
    ["invalid_request", 418, undefined],
    ["server_error", undefined, undefined],
  ])("%s, status %s: %j", (code, status, body) => {
    expect(classify(readTrouble(body, status))).toBe(code);
  });

  test("whatever comes, the code is a documented one", () => {
    for (let status = 400; status < 600; status += 1)
      expect(errorCodes).toHaveProperty(classify(readTrouble({}, status)));
  });
});

describe("the wait that a vendor asks for", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  test.each<[{ readonly [name: string]: string }, number | undefined]>([
    [{ "retry-after": "3" }, 3_000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after-ms": "250", "retry-after": "3" }, 250],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:07 GMT" }, 7_000],
    [{ "retry-after": "Thu, 01 Jan 2025 00:00:07 GMT" }, 0],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after-ms": "x", "retry-after": "" }, undefined],
    [{}, undefined],
  ])("%j", (headers, ms) => {
    expect(retryAfterMs(new Headers(headers), now)).toBe(ms);
  });
});

test("secrets are taken out, known ones and what looks like one", () => {
  expect(redact("key my-key-1 and sk-proj-abcdefghijkl, Bearer abc.def-ghijk", ["my-key-1"])).toBe(
    "key [secret] and [secret], [secret]",
  );
  expect(redact("see https://me:hunter2@example.com/x", [])).toBe(
    "see https[secret]@example.com/x".replace("https[secret]", "https://[secret]"),
  );
  // As an address or JSON holds it.
  expect(redact('?q=a%2Fb%2B%22c {"x":"a/b+\\"c"}', ['a/b+"c'])).toBe('?q=[secret] {"x":"[secret]"}');
  const prose = "nothing here, ask for a task; a basic understanding, the bearer certificates, a key=value list";
  expect(redact(prose, [])).toBe(prose);
});

test.each([
  "x-api-key: 0123456789abcdef",
  'x-goog-api-key":"0123456789abcdef"',
  "Authorization: Basic dXNlcjpwYXNzd29yZDE=",
  "https://api.example.com/v1?alt=sse&key=0123456789abcdef",
  "https://api.example.com/v1?access_token=0123456789abcdef",
  "ghp_0123456789abcdef0123",
  "AKIA0123456789ABCDEF",
  "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.0123456789abcdef",
])("a secret where one usually stands is taken out: %s", (text) => {
  const clean = redact(text, []);
  expect(clean).toContain("[secret]");
  expect(clean).not.toMatch(/0123456789abcdef|dXNlcjpw|ABCDEF/);
});

test("an SDK that is not installed is unsupported, and the message says what to install", async () => {
  const missing = Object.assign(new Error("Cannot find package '@anthropic-ai/sdk' imported from x"), {
    code: "ERR_MODULE_NOT_FOUND",
  });
  const load = (): Promise<never> => Promise.reject(missing);
  await expect(loadSdk("claude", "@anthropic-ai/sdk", load)).rejects.toMatchObject({
    code: "unsupported",
    message: expect.stringContaining("npm i @anthropic-ai/sdk"),
  });
  // Something missing inside the SDK is its own trouble.
  await expect(loadSdk("gpt", "openai", load)).rejects.toBe(missing);
});
