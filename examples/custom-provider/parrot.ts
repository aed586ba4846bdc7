// A model of one's own in one file. Its vendor, "Parrot", is made up: it answers POST /talk with a line of JSON for each
// piece of its answer, and ends with a line that says `end`. Replace that wire by your vendor's; the rest can stay.
import {
  BrainOpsError,
  isBrainOpsError,
  type AssistantPart,
  type ErrorCode,
  type FinishReason,
  type Json,
  type Model,
  type ModelCallOptions,
  type ModelRequest,
  type ModelResponse,
  type StreamPart,
  type ToolCallPart,
} from "@brainops/core";

/** What `parrot` can be told. */
export interface ParrotOptions {
  readonly baseUrl: string;
  readonly apiKey?: string;
  readonly model?: string;
}

/** One line of an answer. */
type Line =
  | { readonly say: string }
  | { readonly call: { readonly id: string; readonly name: string; readonly args: Json } }
  | { readonly end: string; readonly used: { readonly in: number; readonly out: number } };

const codes: { readonly [status: number]: ErrorCode } = {
  400: "invalid_request",
  401: "auth",
  404: "not_found",
  429: "rate_limit",
  503: "overloaded",
};
const reasons: { readonly [end: string]: FinishReason } = { done: "stop", full: "length", calls: "tool_calls" };

/** A Model is a plain object: a name, a way to answer whole, and a way to answer in parts. */
export function parrot(options: ParrotOptions): Model {
  const name = "parrot";
  const id = options.model ?? "parrot-1";

  /** Every error has a code, so that a chain knows what to do about it. Never put the key into one. */
  const failure = (code: ErrorCode, what: string, details: { readonly [key: string]: Json } = {}): BrainOpsError =>
    new BrainOpsError(code, `${name}: ${what}`, { details });
  const aborted = (): BrainOpsError => failure("aborted", "the caller asked to stop.");

  async function send(request: ModelRequest, { signal }: ModelCallOptions): Promise<Response> {
    if (signal?.aborted === true) throw aborted();
    const { system, messages, tools, maxTokens, output } = request;
    const response = await fetch(`${options.baseUrl}/talk`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${options.apiKey ?? ""}` },
      body: JSON.stringify({ model: id, system, messages, tools, most: maxTokens, fits: output?.schema }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.ok) return response;
    const wait = Number(response.headers.get("retry-after") ?? "0");
    const code = codes[response.status] ?? "server_error";
    throw failure(code, `the server says ${response.status}.`, {
      status: response.status,
      ...(wait > 0 ? { retryAfterMs: wait * 1000 } : {}),
    });
  }

  /** Reads the lines as they arrive. One that is cut in the middle never becomes whole, and is never used. */
  async function* lines(response: Response): AsyncGenerator<Line> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const bytes of response.body ?? []) {
      const whole = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = whole.pop() ?? "";
      for (const line of whole) yield JSON.parse(line) as Line;
    }
  }

  async function* stream(request: ModelRequest, call: ModelCallOptions = {}): AsyncGenerator<StreamPart> {
    const content: AssistantPart[] = [];
    const text = (): string => content.map((part) => (part.type === "text" ? part.text : "")).join("");
    try {
      for await (const line of lines(await send(request, call))) {
        if ("say" in line) {
          const last = content.at(-1);
          if (last?.type === "text") content.splice(-1, 1, { type: "text", text: last.text + line.say });
          else content.push({ type: "text", text: line.say });
          yield { type: "text", text: line.say };
        } else if ("call" in line) {
          content.push({ type: "tool-call", ...line.call });
          yield { type: "tool-input", id: line.call.id, name: line.call.name, delta: JSON.stringify(line.call.args) };
        } else {
          yield { type: "finish", response: whole(request, content, text(), line) };
          return;
        }
      }
    } catch (cause) {
      if (call.signal?.aborted === true) throw aborted();
      if (isBrainOpsError(cause)) throw cause;
      // A connection that breaks before anything was said is one thing, in the middle of an answer another.
      if (content.length === 0) throw failure("network", `the connection failed: ${String(cause)}`);
    }
    // A stream without its end marker was cut. It is never a short answer.
    throw failure("stream_truncated", "the answer ended in the middle.", { text: text() });
  }

  function whole(
    request: ModelRequest,
    content: readonly AssistantPart[],
    text: string,
    line: Extract<Line, { readonly end: string }>,
  ): ModelResponse {
    const finishReason = reasons[line.end] ?? "unknown";
    return {
      text,
      toolCalls: content.filter((part): part is ToolCallPart => part.type === "tool-call"),
      reasoning: [],
      message: { role: "assistant", content },
      finishReason,
      usage: { inputTokens: line.used.in, outputTokens: line.used.out },
      ...(request.output !== undefined && finishReason === "stop" ? { output: parsed(text) } : {}),
      model: { name, id },
    };
  }

  function parsed(text: string): Json {
    try {
      return JSON.parse(text) as Json;
    } catch {
      throw failure("invalid_response", "structured output was asked for, and the answer is no JSON.", { text });
    }
  }

  return {
    name,
    id,
    stream,
    async generate(request, call) {
      for await (const part of stream(request, call)) if (part.type === "finish") return part.response;
      throw failure("stream_truncated", "the answer has no end.");
    },
  };
}
