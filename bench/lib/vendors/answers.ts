/** What a fake vendor answers, as bytes that are made once: a short JSON body, and a stream of 200 chunks of text. */
export interface VendorAnswers {
  /** Part of the path by which the vendor is known. */
  readonly path: string;
  readonly contentType: string;
  readonly json: string;
  /** Each event, framed. */
  readonly events: readonly string[];
}

const words = Array.from({ length: 200 }, (_, index) => `word${index} `);
const text = "Here is a short answer.";
const sse = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
const named = (data: { readonly type: string }): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

const anthropicUsage = { input_tokens: 12, output_tokens: 200 };
const anthropic: VendorAnswers = {
  path: "/messages",
  contentType: "text/event-stream",
  json: JSON.stringify({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [{ type: "text", text }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: anthropicUsage,
  }),
  events: [
    named({
      type: "message_start",
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "m",
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: anthropicUsage,
      },
    } as { readonly type: string }),
    named({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } } as never),
    ...words.map((word) =>
      named({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: word } } as never),
    ),
    named({ type: "content_block_stop", index: 0 } as never),
    named({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 200 } } as never),
    named({ type: "message_stop" }),
  ],
};

const item = (content: string): object => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: content, annotations: [] }],
});
const openaiResponse = (output: readonly object[], status = "completed"): object => ({
  id: "resp_1",
  object: "response",
  created_at: 1,
  model: "m",
  status,
  output,
  usage: { input_tokens: 12, output_tokens: 200, total_tokens: 212 },
});
const responses: VendorAnswers = {
  path: "/responses",
  contentType: "text/event-stream",
  json: JSON.stringify(openaiResponse([item(text)])),
  events: [
    named({ type: "response.created", response: openaiResponse([], "in_progress") } as never),
    named({ type: "response.output_item.added", output_index: 0, item: item("") } as never),
    ...words.map((delta) =>
      named({
        type: "response.output_text.delta",
        item_id: "msg_1",
        output_index: 0,
        content_index: 0,
        delta,
      } as never),
    ),
    named({ type: "response.output_item.done", output_index: 0, item: item(words.join("")) } as never),
    named({ type: "response.completed", response: openaiResponse([item(words.join(""))]) } as never),
  ],
};

const chatUsage = { prompt_tokens: 12, completion_tokens: 200, total_tokens: 212 };
const chunk = (delta: object, more: object = { finish_reason: null }): string =>
  sse({ id: "c1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, ...more }] });
const chat: VendorAnswers = {
  path: "/chat/completions",
  contentType: "text/event-stream",
  json: JSON.stringify({
    id: "c1",
    object: "chat.completion",
    created: 1,
    model: "m",
    choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
    usage: chatUsage,
  }),
  events: [
    ...words.map((content) => chunk({ content })),
    chunk({}, { finish_reason: "stop" }),
    sse({ id: "c1", object: "chat.completion.chunk", created: 1, model: "m", choices: [], usage: chatUsage }),
    "data: [DONE]\n\n",
  ],
};

const geminiUsage = { promptTokenCount: 12, candidatesTokenCount: 200, totalTokenCount: 212 };
const candidate = (said: string, more: object = {}): object => ({
  candidates: [{ index: 0, content: { role: "model", parts: [{ text: said }] }, ...more }],
  usageMetadata: geminiUsage,
  modelVersion: "m",
});
const gemini: VendorAnswers = {
  path: "enerateContent",
  contentType: "text/event-stream",
  json: JSON.stringify(candidate(text, { finishReason: "STOP" })),
  events: words.map(
    (word, index) =>
      `data: ${JSON.stringify(candidate(word, index === words.length - 1 ? { finishReason: "STOP" } : {}))}\r\n\r\n`,
  ),
};

const ollamaEnd = { done: true, done_reason: "stop", prompt_eval_count: 12, eval_count: 200 };
const ollamaLine = (content: string, more: object = { done: false }): string =>
  `${JSON.stringify({ model: "m", created_at: "2026-01-01T00:00:00Z", message: { role: "assistant", content }, ...more })}\n`;
const ollama: VendorAnswers = {
  path: "/api/chat",
  contentType: "application/x-ndjson",
  json: ollamaLine(text, ollamaEnd),
  events: [...words.map((word) => ollamaLine(word)), ollamaLine("", ollamaEnd)],
};

/** All vendors; the first whose path fits a request answers it. */
export const vendorAnswers: readonly VendorAnswers[] = [anthropic, responses, chat, ollama, gemini];
