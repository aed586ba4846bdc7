import { BrainOpsError, type ErrorCode } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import type { AssistantPart, ToolCallPart } from "../contracts/message.ts";
import type { FinishReason, ModelRequest, ModelResponse, StreamPart, Usage } from "../contracts/model.ts";

/** What a scripted model says. Everything is optional; nothing at all is an empty answer. */
export interface ScriptedAnswer {
  /** Visible text; a list is streamed in these pieces. */
  readonly text?: string | readonly string[];
  /** Reasoning that may be shown. */
  readonly reasoning?: string;
  /** Calls of the caller's tools. An id is made up where there is none. */
  readonly toolCalls?: readonly {
    /** Id of the call. Default: made up, the same each time. */
    readonly id?: string;
    /** Name of the tool. */
    readonly name: string;
    /** Its arguments. */
    readonly args: Json;
  }[];
  /** Structured output. The text is its JSON then. */
  readonly output?: Json;
  /** What the model says instead, when it refuses. */
  readonly refusal?: string;
  /** Why it stopped. Default: `tool_calls` when there are calls, `content_filter` for a refusal, else `stop`. */
  readonly finishReason?: FinishReason;
  /** Tokens that it took. Default: one token for four characters. */
  readonly usage?: Partial<Usage>;
  /** Fail with this code. Text, reasoning and calls that are given too are streamed before; the last call is cut. */
  readonly fail?: {
    /** Code of the error that is thrown. */
    readonly code: ErrorCode;
    /** Its message. Default: that the script says so. */
    readonly message?: string;
    /** Milliseconds after which asking again makes sense: `details.retryAfterMs` of the error. Default: none. */
    readonly retryAfterMs?: number;
  };
  /** Never answer: wait until the caller's signal stops it. */
  readonly hang?: boolean;
}

/** The error that an answer asks for, with what had been said before. */
export function scriptedFailure(name: string, answer: ScriptedAnswer): BrainOpsError | undefined {
  const { fail } = answer;
  if (fail === undefined) return undefined;
  const text = textOf(answer);
  return new BrainOpsError(fail.code, `${name}: ${fail.message ?? `the script says ${fail.code}`}.`, {
    details: {
      retryAfterMs: fail.retryAfterMs,
      text: text === "" ? undefined : text,
      incompleteToolCalls: answer.toolCalls?.at(-1) === undefined ? undefined : [answer.toolCalls.at(-1)?.name ?? ""],
    },
  });
}

/** The visible text of an answer. */
function textOf(answer: ScriptedAnswer): string {
  if (answer.output !== undefined) return JSON.stringify(answer.output);
  return typeof answer.text === "string" ? answer.text : (answer.text ?? []).join("");
}

/** Makes the whole response of an answer. `turn` numbers the calls of a model, so that ids are made up alike each time. */
export function scriptedResponse(
  name: string,
  answer: ScriptedAnswer,
  request: ModelRequest,
  turn: number,
): ModelResponse {
  const text = textOf(answer);
  const toolCalls = (answer.toolCalls ?? []).map((call, index): ToolCallPart => {
    return { type: "tool-call", id: call.id ?? `call_${turn}_${index + 1}`, name: call.name, args: call.args };
  });
  const reasoning =
    answer.reasoning === undefined ? [] : [{ type: "reasoning" as const, text: answer.reasoning, vendor: "scripted" }];
  const content: AssistantPart[] = [
    ...reasoning,
    ...(text === "" ? [] : [{ type: "text" as const, text }]),
    ...toolCalls,
  ];
  const finishReason =
    answer.finishReason ??
    (toolCalls.length > 0 ? "tool_calls" : answer.refusal === undefined ? "stop" : "content_filter");
  // An answer that is going to fail never becomes whole, so its text need not be JSON.
  const whole = answer.fail === undefined;
  const output = answer.output ?? (whole ? outputOf(name, request, text, finishReason) : undefined);
  return {
    text,
    toolCalls,
    reasoning,
    message: { role: "assistant", content },
    finishReason,
    usage: { inputTokens: tokens(request), outputTokens: tokens(content), ...answer.usage },
    ...(output === undefined ? {} : { output }),
    ...(answer.refusal === undefined ? {} : { refusal: answer.refusal }),
    model: { name, id: "scripted" },
  };
}

const tokens = (value: unknown): number => Math.ceil(JSON.stringify(value).length / 4);

/** A text can be the structured output that was asked for, if it is JSON. */
function outputOf(name: string, request: ModelRequest, text: string, finishReason: FinishReason): Json | undefined {
  if (request.output === undefined || finishReason !== "stop") return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new BrainOpsError(
      "invalid_response",
      `${name}: the request asks for structured output, and the script answers with a text that is no JSON. Give output.`,
      { details: { text } },
    );
  }
}

/** The parts that listeners see before the end. */
export function* scriptedParts(answer: ScriptedAnswer, response: ModelResponse): Generator<StreamPart> {
  for (const part of response.reasoning) yield { type: "reasoning", text: part.text };
  const pieces =
    typeof answer.text === "object" && answer.output === undefined ? answer.text : response.text.match(/\S+\s*|\s+/g);
  for (const text of pieces ?? []) if (text !== "") yield { type: "text", text };
  for (const [index, { id, name, args }] of response.toolCalls.entries()) {
    const json = JSON.stringify(args);
    const cut = answer.fail !== undefined && index === response.toolCalls.length - 1;
    yield { type: "tool-input", id, name, delta: cut ? json.slice(0, json.length / 2) : json };
  }
}
