import type { JsonObject } from "@brainops/core";
import type { ScriptedAnswer } from "@brainops/core/testing";
import { counts, pieces, statusOf, type FakeVendor } from "./fake-vendor.ts";

const calls = (answer: ScriptedAnswer): JsonObject[] =>
  (answer.toolCalls ?? []).map((call) => ({ function: { name: call.name, arguments: call.args } }));

const last = (answer: ScriptedAnswer): JsonObject => {
  const [prompt_eval_count, eval_count] = counts(answer);
  const done_reason = answer.finishReason === "length" ? "length" : "stop";
  return { done: true, done_reason, prompt_eval_count, eval_count };
};

const line = (message: JsonObject, more: JsonObject = { done: false }): string =>
  `${JSON.stringify({ model: "ollama-test", message: { role: "assistant", ...message }, ...more })}\n`;

/** Says answers as Ollama's own API does. */
export const fakeOllama: FakeVendor = {
  contentType: "application/x-ndjson",
  tail: 1,
  whole: (answer) => ({
    model: "ollama-test",
    message: { role: "assistant", content: pieces(answer).join(""), tool_calls: calls(answer) },
    ...last(answer),
  }),
  events(answer) {
    const tools = calls(answer);
    // A call comes whole here; one that is cut does not come at all.
    if (answer.fail !== undefined) tools.pop();
    return [
      ...pieces(answer).map((content) => line({ content })),
      ...tools.map((call) => line({ content: "", tool_calls: [call] })),
      line({ content: "" }, last(answer)),
    ];
  },
  error: (code) => ({ status: statusOf(code), body: { error: `it is ${code}` } }),
};
