import type { JsonObject } from "@brainops/core";
import type { ScriptedAnswer } from "@brainops/core/testing";
import { counts, pieces, statusOf, type FakeVendor } from "./fake-vendor.ts";

const calls = (answer: ScriptedAnswer): JsonObject[] =>
  (answer.toolCalls ?? []).map((call) => ({ functionCall: { name: call.name, args: call.args } }));

const chunk = (parts: readonly JsonObject[], more: JsonObject = {}, root: JsonObject = {}): JsonObject => ({
  candidates: [{ index: 0, content: { role: "model", parts }, ...more }],
  modelVersion: "gemini-test",
  ...root,
});

const end = (answer: ScriptedAnswer): readonly [JsonObject, JsonObject] => {
  const [promptTokenCount, candidatesTokenCount] = counts(answer);
  const finishReason = answer.finishReason === "length" ? "MAX_TOKENS" : "STOP";
  return [{ finishReason }, { usageMetadata: { promptTokenCount, candidatesTokenCount } }];
};

const event = (body: JsonObject): string => `data: ${JSON.stringify(body)}\r\n\r\n`;

const kinds: { readonly [code: string]: string } = {
  rate_limit: "RESOURCE_EXHAUSTED",
  overloaded: "UNAVAILABLE",
  server_error: "INTERNAL",
  auth: "UNAUTHENTICATED",
  not_found: "NOT_FOUND",
  invalid_request: "INVALID_ARGUMENT",
};

/** Says answers as Gemini's generateContent does. */
export const fakeGemini: FakeVendor = {
  contentType: "text/event-stream",
  tail: 1,
  whole: (answer) => chunk([...pieces(answer).map((text) => ({ text })), ...calls(answer)], ...end(answer)),
  events(answer) {
    const tools: JsonObject[] = calls(answer);
    // A call that is cut has begun and not ended.
    if (answer.fail !== undefined && tools.length > 0) {
      tools[tools.length - 1] = { functionCall: { name: answer.toolCalls?.at(-1)?.name, willContinue: true } };
    }
    return [
      ...pieces(answer).map((text) => event(chunk([{ text }]))),
      ...tools.map((part) => event(chunk([part]))),
      event(chunk([], ...end(answer))),
    ];
  },
  error: (code) => ({
    status: statusOf(code),
    body: { error: { code: statusOf(code), message: `it is ${code}`, status: kinds[code] } },
  }),
};
