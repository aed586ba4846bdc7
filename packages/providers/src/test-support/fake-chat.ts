import type { JsonObject } from "@brainops/core";
import type { ScriptedAnswer } from "@brainops/core/testing";
import { counts, pieces, statusOf, type FakeVendor } from "./fake-vendor.ts";

const finish = (answer: ScriptedAnswer): string =>
  answer.finishReason === "length" ? "length" : (answer.toolCalls ?? []).length > 0 ? "tool_calls" : "stop";

const usage = (answer: ScriptedAnswer): JsonObject => {
  const [prompt_tokens, completion_tokens] = counts(answer);
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
};

const event = (body: JsonObject): string => `data: ${JSON.stringify(body)}\n\n`;
const choice = (delta: JsonObject, finish_reason: string | null = null): string =>
  event({ object: "chat.completion.chunk", model: "chat-test", choices: [{ index: 0, delta, finish_reason }] });

/** Says answers as Chat Completions do. */
export const fakeChat: FakeVendor = {
  contentType: "text/event-stream",
  tail: 3,
  whole: (answer) => ({
    object: "chat.completion",
    model: "chat-test",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: pieces(answer).join(""),
          tool_calls: (answer.toolCalls ?? []).map((call, index) => ({
            id: `call_${index}`,
            type: "function",
            function: { name: call.name, arguments: JSON.stringify(call.args) },
          })),
        },
        finish_reason: finish(answer),
      },
    ],
    usage: usage(answer),
  }),
  events(answer) {
    const calls = (answer.toolCalls ?? []).flatMap((call, index) => {
      const json = JSON.stringify(call.args);
      const open = { index, id: `call_${index}`, type: "function", function: { name: call.name, arguments: "" } };
      const halves = [json.slice(0, 5), json.slice(5)].map((part) => ({ index, function: { arguments: part } }));
      return [open, ...halves].map((item) => choice({ tool_calls: [item] }));
    });
    // When a stream is cut, the last half of the last call goes missing too.
    if (answer.fail !== undefined && calls.length > 0) calls.pop();
    return [
      choice({ role: "assistant", content: "" }),
      ...pieces(answer).map((content) => choice({ content })),
      ...calls,
      choice({}, finish(answer)),
      event({ object: "chat.completion.chunk", model: "chat-test", choices: [], usage: usage(answer) }),
      "data: [DONE]\n\n",
    ];
  },
  error: (code) => ({
    status: statusOf(code),
    body: { error: { message: `it is ${code}`, type: "some_error", code: null } },
  }),
};
