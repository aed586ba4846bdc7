import type { JsonObject } from "@brainops/core";
import type { ScriptedAnswer } from "@brainops/core/testing";
import { textOf } from "../shape/json.ts";
import { counts, pieces, statusOf, type FakeVendor } from "./fake-vendor.ts";

const event = (body: JsonObject): string => `event: ${textOf(body["type"])}\ndata: ${JSON.stringify(body)}\n\n`;

const items = (answer: ScriptedAnswer): JsonObject[] => {
  const text = pieces(answer).join("");
  return [
    ...(text === ""
      ? []
      : [{ type: "message", id: "msg_1", role: "assistant", content: [{ type: "output_text", text }] }]),
    ...(answer.toolCalls ?? []).map((call, index) => ({
      type: "function_call",
      id: `fc_${index}`,
      call_id: `call_${index}`,
      name: call.name,
      arguments: JSON.stringify(call.args),
      status: "completed",
    })),
  ];
};

const whole = (answer: ScriptedAnswer): JsonObject => {
  const [input_tokens, output_tokens] = counts(answer);
  const cut = answer.finishReason === "length";
  return {
    object: "response",
    model: "gpt-test",
    status: cut ? "incomplete" : "completed",
    incomplete_details: cut ? { reason: "max_output_tokens" } : null,
    error: null,
    output: items(answer),
    usage: { input_tokens, output_tokens },
  };
};

/** Says answers as OpenAI's Responses API does. */
export const fakeResponses: FakeVendor = {
  contentType: "text/event-stream",
  tail: 1,
  whole,
  events(answer) {
    const events = [event({ type: "response.created", response: { model: "gpt-test", status: "in_progress" } })];
    for (const [output_index, item] of items(answer).entries()) {
      const message = item["type"] === "message";
      const opened = message ? { ...item, content: [] } : { ...item, arguments: "", status: "in_progress" };
      events.push(event({ type: "response.output_item.added", output_index, item: opened }));
      const json = textOf(item["arguments"]);
      const type = message ? "response.output_text.delta" : "response.function_call_arguments.delta";
      for (const delta of message ? pieces(answer) : [json.slice(0, 5), json.slice(5)]) {
        events.push(event({ type, output_index, content_index: 0, delta }));
      }
      events.push(event({ type: "response.output_item.done", output_index, item }));
    }
    // When a stream is cut, the last half of the last call goes missing too.
    if (answer.fail !== undefined && answer.toolCalls !== undefined) events.splice(-2, 2);
    const { status } = whole(answer);
    events.push(event({ type: `response.${textOf(status)}`, response: whole(answer) }));
    return events;
  },
  error: (code) => ({
    status: statusOf(code),
    body: { error: { message: `it is ${code}`, type: "some_error", code: null } },
  }),
};
