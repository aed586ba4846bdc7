import type { JsonObject, ModelResponse, ReasoningPart } from "@brainops/core";
import { answeredBy, type StreamWriter } from "./dialect.ts";
import { sealed } from "./sealed.ts";

const textPart = (text: string): JsonObject => ({ type: "output_text", text, annotations: [], logprobs: [] });

/** Visible text, as an item. */
export const textItem = (id: string, text: string, status = "completed"): JsonObject => ({
  type: "message",
  id: `msg-${id}`,
  role: "assistant",
  status,
  content: status === "completed" ? [textPart(text)] : [],
});

/** A call of a tool, as an item. */
export const callItem = (id: string, call: string, name: string, args: string, status = "completed"): JsonObject => ({
  type: "function_call",
  id: `fc-${id}`,
  call_id: call,
  name,
  arguments: args,
  status,
});

/** Reasoning, as an item; what its vendor wants back goes along as if it were encrypted. */
export const reasoningItem = (id: string, text: string, part?: ReasoningPart): JsonObject => ({
  type: "reasoning",
  id: `rs-${id}`,
  summary: text === "" ? [] : [{ type: "summary_text", text }],
  encrypted_content: part?.opaque === undefined ? null : sealed(part),
});

/** An item that is being streamed. */
interface Growing {
  readonly kind: "text" | "reasoning" | "tool";
  readonly key: string;
  readonly index: number;
  readonly call: string;
  readonly name: string;
  grown: string;
}

/** Says a stream in the events of OpenAI's Responses. Calls may grow side by side; text and reasoning end one another. */
export function responseStream(
  id: string,
  head: JsonObject,
  ending: (response: ModelResponse) => JsonObject,
): StreamWriter {
  const items: JsonObject[] = [];
  const open = new Map<string, Growing>();
  let count = 0;
  const event = (type: string, data: JsonObject): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: count++, ...data })}\n\n`;
  const at = ({ index, key }: Growing): JsonObject => ({ output_index: index, item_id: key });
  const summary = (text: string): JsonObject => ({ type: "summary_text", text });

  const close = (item: Growing, part?: ReasoningPart): string => {
    open.delete(`${item.kind} ${item.call}`);
    const { index, grown, call, name } = item;
    const key = `${id}-${index}`;
    const said =
      item.kind === "text"
        ? event("response.output_text.done", { ...at(item), content_index: 0, text: grown, logprobs: [] }) +
          event("response.content_part.done", { ...at(item), content_index: 0, part: textPart(grown) })
        : item.kind === "reasoning"
          ? event("response.reasoning_summary_text.done", { ...at(item), summary_index: 0, text: grown }) +
            event("response.reasoning_summary_part.done", { ...at(item), summary_index: 0, part: summary(grown) })
          : event("response.function_call_arguments.done", { ...at(item), name, arguments: grown });
    const whole =
      item.kind === "text"
        ? textItem(key, grown)
        : item.kind === "reasoning"
          ? reasoningItem(key, grown, part)
          : callItem(key, call, name, grown === "" ? "{}" : grown);
    items[index] = whole;
    return said + event("response.output_item.done", { output_index: index, item: whole });
  };

  const begin = (kind: Growing["kind"], call: string, name: string): readonly [item: Growing, said: string] => {
    const known = open.get(`${kind} ${call}`);
    if (known !== undefined) return [known, ""];
    let said = [...open.values()]
      .filter((other) => other.kind !== "tool")
      .map((other) => close(other))
      .join("");
    const index = items.length;
    const short = `${id}-${index}`;
    const first =
      kind === "text"
        ? textItem(short, "", "in_progress")
        : kind === "reasoning"
          ? reasoningItem(short, "")
          : callItem(short, call, name, "", "in_progress");
    const item: Growing = {
      kind,
      key: typeof first["id"] === "string" ? first["id"] : short,
      index,
      call,
      name,
      grown: "",
    };
    items.push(first);
    open.set(`${kind} ${call}`, item);
    said += event("response.output_item.added", { output_index: index, item: first });
    if (kind === "text")
      said += event("response.content_part.added", { ...at(item), content_index: 0, part: textPart("") });
    if (kind === "reasoning")
      said += event("response.reasoning_summary_part.added", { ...at(item), summary_index: 0, part: summary("") });
    return [item, said];
  };

  return {
    begin: () => event("response.created", { response: head }) + event("response.in_progress", { response: head }),
    part(part) {
      const [item, said] = part.type === "tool-input" ? begin("tool", part.id, part.name) : begin(part.type, "", "");
      const delta = part.type === "tool-input" ? part.delta : part.text;
      item.grown += delta;
      if (delta === "") return said;
      if (part.type === "text")
        return said + event("response.output_text.delta", { ...at(item), content_index: 0, delta, logprobs: [] });
      if (part.type === "reasoning")
        return said + event("response.reasoning_summary_text.delta", { ...at(item), summary_index: 0, delta });
      return said + event("response.function_call_arguments.delta", { ...at(item), delta });
    },
    end(response) {
      let said = [...open.values()].map((item) => close(item)).join("");
      // What must go back with the reasoning is known only now; an item of its own brings it.
      for (const part of response.reasoning) {
        if (part.opaque === undefined) continue;
        const item = reasoningItem(`${id}-${items.length}`, "", part);
        said += event("response.output_item.added", { output_index: items.length, item });
        said += event("response.output_item.done", { output_index: items.length, item });
        items.push(item);
      }
      const end = ending(response);
      const whole = { ...head, ...end, output: items, brainops: answeredBy(response) };
      return (
        said + event(`response.${typeof end["status"] === "string" ? end["status"] : "failed"}`, { response: whole })
      );
    },
    fail: ({ openai, message }) => event("error", { code: openai, message, param: null }),
  };
}
