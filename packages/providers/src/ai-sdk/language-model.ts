import type { Json } from "@brainops/core";
import type { AiSdkReason } from "./wire.ts";

/** How a part of ours travels with a part of the AI SDK's. */
export type AiSdkMetadata = { [provider: string]: { [key: string]: Json | undefined } };

/** What travels with a block: reasoning and calls that must go back to their vendor carry their part here. */
export interface AiSdkBlock {
  /** Under `brainops`. Absent where nothing must go back. */
  providerMetadata?: AiSdkMetadata;
}

/** A call of a tool, whole. */
export interface AiSdkToolCall extends AiSdkBlock {
  /** Always `tool-call`. */
  type: "tool-call";
  /** Ties the result to the call. */
  toolCallId: string;
  /** Name of the tool. */
  toolName: string;
  /** The arguments as JSON text. */
  input: string;
}

/** One block of an answer, as the AI SDK wants it. */
export type AiSdkContent =
  | ({
      /** Visible text, or what the model thought. */
      type: "text" | "reasoning";
      /** What it says; empty where the vendor hides the reasoning. */
      text: string;
    } & AiSdkBlock)
  | AiSdkToolCall;

/** Tokens, as the AI SDK counts them; `undefined` where the vendor does not say. */
export interface AiSdkUsage {
  /** Tokens of the prompt. */
  inputTokens: {
    /** All of them, cache reads and writes included. */
    total: number | undefined;
    /** Those that were neither read from the cache nor put there. */
    noCache: number | undefined;
    /** Those that came from the vendor's cache. */
    cacheRead: number | undefined;
    /** Those that were put into the vendor's cache. */
    cacheWrite: number | undefined;
  };
  /** Tokens of the answer. */
  outputTokens: {
    /** All of them, reasoning included. */
    total: number | undefined;
    /** Those of the visible text and of calls. */
    text: number | undefined;
    /** Those that were spent on thinking. */
    reasoning: number | undefined;
  };
}

/** What came out, beside the content. */
export interface AiSdkEnd {
  /** Why the model stopped. */
  finishReason: {
    /** In the AI SDK's words. */
    unified: AiSdkReason;
    /** In ours: a `FinishReason`. */
    raw: string | undefined;
  };
  /** Tokens that it took. */
  usage: AiSdkUsage;
  /** Under `brainops`: `model`, the name of the model that answered, and `attempts`, every try that led there. */
  providerMetadata: AiSdkMetadata;
}

/** Which request was answered, and by whom. */
export interface AiSdkAnswered {
  /** The vendor's id of the request, where it gives one. */
  id?: string;
  /** The vendor's id of the model that answered. */
  modelId: string;
}

/** One part of a stream. */
export type AiSdkPart =
  | {
      /** The first part. */
      type: "stream-start";
      /** Always empty. */
      warnings: [];
    }
  | {
      /** A block begins, or ends. */
      type: "text-start" | "text-end" | "reasoning-start" | "tool-input-end";
      /** Names the block within its answer. */
      id: string;
    }
  | ({
      /** A block of reasoning ends. */
      type: "reasoning-end";
      /** Names the block within its answer. */
      id: string;
    } & AiSdkBlock)
  | {
      /** A piece of a block. */
      type: "text-delta" | "reasoning-delta" | "tool-input-delta";
      /** The block that it belongs to. */
      id: string;
      /** What is new; of a tool's input, JSON text. */
      delta: string;
    }
  | {
      /** The arguments of a call begin. */
      type: "tool-input-start";
      /** The id of the call. */
      id: string;
      /** Name of the tool. */
      toolName: string;
    }
  | AiSdkToolCall
  | ({
      /** Comes before the finish. */
      type: "response-metadata";
    } & AiSdkAnswered)
  | ({
      /** The answer is whole; nothing follows. */
      type: "finish";
    } & AiSdkEnd)
  | {
      /** It failed; nothing follows. */
      type: "error";
      /** The `BrainOpsError` that the model threw. */
      error: unknown;
    };

/** What of the AI SDK's call options is named here; what else it has is read too. */
export interface AiSdkCallOptions {
  /** Cancels the call. */
  readonly abortSignal?: AbortSignal | undefined;
}

/** A language model of the AI SDK's fourth specification. */
export interface AiSdkLanguageModel {
  /** Which specification it follows: the AI SDK of version 7 asks for it. */
  readonly specificationVersion: "v4";
  /** Always `brainops`. */
  readonly provider: string;
  /** Name of the model that it was made of. */
  readonly modelId: string;
  /** Addresses that files may be given by, by media type: any of HTTP. */
  readonly supportedUrls: { [mediaType: string]: RegExp[] };
  /** Answers whole. */
  doGenerate(options: object & AiSdkCallOptions): Promise<
    {
      /** The blocks of the answer, in order. */
      content: AiSdkContent[];
      /** Always empty. */
      warnings: [];
      /** Which request was answered, and by whom. */
      response: AiSdkAnswered;
    } & AiSdkEnd
  >;
  /** Answers in parts. */
  doStream(options: object & AiSdkCallOptions): Promise<{
    /** The parts, read as they come; cancelling it cancels the call. */
    stream: ReadableStream<AiSdkPart>;
  }>;
}
