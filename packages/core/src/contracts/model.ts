import type { ErrorCode } from "./error.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Message, ReasoningPart, ToolCallPart } from "./message.ts";

/** A tool that the model may call. */
export interface ToolSpec {
  /** Letters, digits, `_` and `-`. */
  readonly name: string;
  /** What it does and when to call it, in words for the model. */
  readonly description?: string;
  /** JSON Schema of the arguments; an object schema. */
  readonly parameters: JsonObject;
}

/** What is asked of a model. Plain JSON, so that it can be hashed, journaled and replayed. */
export interface ModelRequest {
  /** Instructions that stand above the conversation. */
  readonly system?: string;
  /** The conversation, the oldest turn first. */
  readonly messages: readonly Message[];
  /** What the model may call. Default: nothing. */
  readonly tools?: readonly ToolSpec[];
  /** Whether it may, must not or must call a tool, or which one. Default `auto` when tools are given. */
  readonly toolChoice?:
    | "auto"
    | "none"
    | "required"
    | {
        /** Name of the one tool that must be called. */
        readonly tool: string;
      };
  /** Ask for one JSON value that fits a JSON Schema; it is then in {@link ModelResponse.output}. */
  readonly output?: {
    /** What the schema is called, for vendors that want a name. Default: the adapter's. */
    readonly name?: string;
    /** The JSON Schema. */
    readonly schema: JsonObject;
  };
  /** The most tokens to answer with. Default: the adapter's. */
  readonly maxTokens?: number;
  /** How far answers may vary; the range is the vendor's. Left out where the vendor knows none. Default: the vendor's. */
  readonly temperature?: number;
  /** Makes answers repeatable, where the vendor can. Left out where it knows none. Default: none. */
  readonly seed?: number;
  /** Texts at which it stops. Default: none. */
  readonly stop?: readonly string[];
  /** How much to think, where the model can. Default: the vendor's. */
  readonly reasoning?: "none" | "low" | "medium" | "high";
  /** A hint to the vendor's cache: what comes before the last message will be sent again soon. Default false. */
  readonly cache?: boolean;
  /** Labels that the vendor keeps with the call, where it can. */
  readonly metadata?: { readonly [key: string]: string };
  /** Merged into the vendor's request body as it is, by vendor name. */
  readonly raw?: { readonly [vendor: string]: JsonObject };
}

/** Why a model stopped. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "pause" | "error" | "unknown";

/** Tokens of one answer. `null` where the wire does not say. */
export interface Usage {
  /** The whole prompt, cache reads and writes included. */
  readonly inputTokens: number | null;
  /** The whole output, reasoning included. */
  readonly outputTokens: number | null;
  /** Of the prompt, what came from the vendor's cache. */
  readonly cachedInputTokens?: number;
  /** Of the prompt, what was put into the vendor's cache. */
  readonly cacheWriteTokens?: number;
  /** Of the output, what was spent on thinking. */
  readonly reasoningTokens?: number;
  /** Sum over the rounds that the vendor ran inside one answer, when there were several. Not a bill. */
  readonly iterationsTotal?: {
    /** Prompt tokens of all rounds. */
    readonly inputTokens: number;
    /** Output tokens of all rounds. */
    readonly outputTokens: number;
  };
}

/** One try at one model, successful or not. */
export interface Attempt {
  /** Name of the model tried, such as `claude`. */
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Milliseconds it took. */
  readonly ms: number;
  /** Milliseconds until the first part, where the answer was streamed. */
  readonly firstPartMs?: number;
  /** `skipped`: it was not asked. `cancelled`: it was asked, and stopped before it had answered. */
  readonly outcome: "answered" | "failed" | "skipped" | "cancelled";
  /** Why it did not answer. */
  readonly error?: {
    /** Code of the error that the try ended with. */
    readonly code: ErrorCode;
    /** Its message. */
    readonly message: string;
  };
  /** Tokens that it took, also where it failed after a part of the answer. Absent when nothing is known. */
  readonly usage?: Usage;
  /** What it cost in US dollars, where the chain knows a price; a guess by its prompt where it ended without a count. */
  readonly cost?: number;
  /** Why this model was asked now, when that was not simply its turn. */
  readonly note?: string;
}

/** What a model answered. */
export interface ModelResponse {
  /** All visible text, joined. */
  readonly text: string;
  /** Calls the caller has to make. A call whose arguments never became whole is not among them. */
  readonly toolCalls: readonly ToolCallPart[];
  /** Names of the calls that were cut, as by {@link ModelRequest.maxTokens}. Absent when there are none. */
  readonly incompleteToolCalls?: readonly string[];
  /** What it thought, where the vendor shows it. */
  readonly reasoning: readonly ReasoningPart[];
  /** The whole turn in order, to be appended to the messages of the next request. */
  readonly message: Extract<
    Message,
    {
      /** What the model said. */
      role: "assistant";
    }
  >;
  /** Why it stopped; `length` and `content_filter` say that it is no whole answer. */
  readonly finishReason: FinishReason;
  /** Tokens that it took. */
  readonly usage: Usage;
  /** The parsed value, when {@link ModelRequest.output} asked for one. */
  readonly output?: Json;
  /** What the model said instead when it refused. */
  readonly refusal?: string;
  /** Who answered: the adapter's name and the vendor's id of the model. */
  readonly model: {
    /** The adapter's name, such as `claude`. */
    readonly name: string;
    /** The vendor's id of the model that answered, which may be more exact than the one asked for. */
    readonly id: string;
  };
  /** The vendor's id of this request. */
  readonly requestId?: string;
  /** Every try that led here, in order; filled by a chain. */
  readonly attempts?: readonly Attempt[];
}

/** One part of a streamed answer. The last is always `finish` with the whole response; a failure is thrown. */
export type StreamPart =
  | {
      /** A piece of the visible text. */
      readonly type: "text";
      /** What is new. */
      readonly text: string;
    }
  | {
      /** A piece of what it thinks, where the vendor shows it. */
      readonly type: "reasoning";
      /** What is new. */
      readonly text: string;
    }
  | {
      /** A piece of a tool call; the first piece of a call may be empty. */
      readonly type: "tool-input";
      /** Of the call; the same for all of its pieces. */
      readonly id: string;
      /** Name of the tool. */
      readonly name: string;
      /** What is new of the arguments' JSON text. */
      readonly delta: string;
    }
  | {
      /** What was shown so far of this answer does not count: it begins anew. */
      readonly type: "discard";
      /** Why, in words. */
      readonly reason: string;
    }
  | {
      /** The answer is whole; nothing follows. */
      readonly type: "finish";
      /** What `generate` would have returned. */
      readonly response: ModelResponse;
    };

/** What a call may bring along. */
export interface ModelCallOptions {
  /** Cancels the call; the call then throws `aborted`. */
  readonly signal?: AbortSignal;
  /** The same for every try of one call, so that a vendor that knows it does not bill twice. Default: none. */
  readonly idempotencyKey?: string;
  /** Id of the run that asks: whose budget it goes on. Absent outside of a run. */
  readonly run?: string;
  /** The scope of that run: budgets may be kept by it. */
  readonly scope?: string;
}

/**
 * A provider of generation: request in, response or stream of parts out. Write one as a plain object.
 *
 * Errors are {@link BrainOpsError}s with a code of the model group (`rate_limit` … `invalid_response`, `network`), or
 * `aborted` when the caller's signal did it. `details` may hold `status`, `retryAfterMs`, `requestId`, and what had
 * arrived before the error: `text`, `reasoning`, `toolCalls` that were whole, `incompleteToolCalls`, `usage`.
 */
export interface Model {
  /** Short and unique in a chain, such as `claude` or `local`. */
  readonly name: string;
  /** The vendor's id of the model, where it is known before the first call. Prices are found by it. */
  readonly id?: string;
  /** Answers whole. */
  generate(request: ModelRequest, options?: ModelCallOptions): Promise<ModelResponse>;
  /** Answers in parts. Ends with `finish`, or throws; a cut stream throws `stream_truncated`. */
  stream(request: ModelRequest, options?: ModelCallOptions): AsyncIterable<StreamPart>;
  /** Whether it can be asked now. Optional. */
  health?(options?: ModelCallOptions): Promise<{
    /** Whether it can be asked now. */
    readonly ok: boolean;
    /** What is wrong, in words. */
    readonly detail?: string;
  }>;
}
