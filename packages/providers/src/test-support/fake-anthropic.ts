import type { JsonObject } from "@brainops/core";
import { textOf } from "../shape/json.ts";
import { counts, pieces, statusOf, type FakeVendor } from "./fake-vendor.ts";

const kinds: { readonly [code: string]: string } = {
  rate_limit: "rate_limit_error",
  overloaded: "overloaded_error",
  server_error: "api_error",
  auth: "authentication_error",
  not_found: "not_found_error",
  invalid_request: "invalid_request_error",
};

const event = (body: JsonObject): string => `event: ${textOf(body["type"])}\ndata: ${JSON.stringify(body)}\n\n`;

const reasonOf = (finish: string | undefined, calls: number): string =>
  finish === "length" ? "max_tokens" : calls > 0 ? "tool_use" : "end_turn";

/** Says answers as Anthropic's Messages API does. */
export const fakeAnthropic: FakeVendor = {
  contentType: "text/event-stream",
  tail: 3,
  whole(answer) {
    const text = pieces(answer).join("");
    const calls = answer.toolCalls ?? [];
    const [input, output] = counts(answer);
    return {
      type: "message",
      role: "assistant",
      model: "claude-test",
      content: [
        ...(text === "" ? [] : [{ type: "text", text }]),
        ...calls.map((call, index) => ({ type: "tool_use", id: `toolu_${index}`, name: call.name, input: call.args })),
      ],
      stop_reason: reasonOf(answer.finishReason, calls.length),
      usage: { input_tokens: input, output_tokens: output },
    };
  },
  events(answer) {
    const calls = answer.toolCalls ?? [];
    const [input, output] = counts(answer);
    const message = {
      type: "message",
      role: "assistant",
      model: "claude-test",
      content: [],
      usage: { input_tokens: input },
    };
    const events = [event({ type: "message_start", message })];
    let index = 0;
    const block = (content_block: JsonObject, deltas: readonly JsonObject[]): void => {
      events.push(event({ type: "content_block_start", index, content_block }));
      for (const delta of deltas) events.push(event({ type: "content_block_delta", index, delta }));
      events.push(event({ type: "content_block_stop", index }));
      index += 1;
    };
    const texts = pieces(answer);
    if (texts.length > 0)
      block(
        { type: "text", text: "" },
        texts.map((text) => ({ type: "text_delta", text })),
      );
    for (const [at, call] of calls.entries()) {
      const json = JSON.stringify(call.args);
      const halves = [json.slice(0, 5), json.slice(5)];
      block(
        { type: "tool_use", id: `toolu_${at}`, name: call.name, input: {} },
        halves.map((partial_json) => ({ type: "input_json_delta", partial_json })),
      );
    }
    const stop_reason = reasonOf(answer.finishReason, calls.length);
    // When a stream is cut, the last half of the last call goes missing too.
    if (answer.fail !== undefined && calls.length > 0) events.splice(-2, 1);
    events.push(event({ type: "message_delta", delta: { stop_reason }, usage: { output_tokens: output } }));
    events.push(event({ type: "message_stop" }));
    return events;
  },
  error: (code) => ({
    status: code === "overloaded" ? 529 : statusOf(code),
    body: { type: "error", error: { type: kinds[code] ?? "api_error", message: `it is ${code}` } },
  }),
};
