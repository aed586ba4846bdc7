import { BrainOpsError } from "@brainops/core";
import type { Send } from "../adapter/adapter.ts";

/** The part of a client of `@google/genai` that the adapter uses: its authentication, its address, its headers. */
export interface GenAiClient {
  readonly models: {
    generateContent(call: GenAiCall): Promise<unknown>;
    generateContentStream(call: GenAiCall): Promise<unknown>;
  };
}

/** A call as `@google/genai` takes it. */
export interface GenAiCall {
  readonly model: string;
  readonly contents: string;
  readonly config: { readonly httpOptions: { readonly fetch: typeof fetch } };
}

/** A client of the older `@google/generative-ai`, of which only the key is used. */
export interface GenerativeAiClient {
  readonly apiKey: string;
  getGenerativeModel(...parameters: never): unknown;
}

/**
 * Sends by `@google/genai`. The SDK keeps neither the headers of errors nor the raw stream, so it is only asked where
 * to and with what authentication: the `fetch` that it is handed sends our body, and keeps the answer for us.
 */
export function sendByGenAi(client: () => Promise<GenAiClient>, model: string): Send {
  return async (body, options) => {
    const { models } = await client();
    let answer: Response | undefined;
    let failed: { readonly cause: unknown } | undefined;
    const ours: typeof fetch = async (input, init) => {
      try {
        answer = await fetch(input, {
          ...init,
          body: JSON.stringify(body),
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        });
      } catch (cause) {
        failed = { cause };
        throw cause;
      }
      return new Response("{}", { headers: { "content-type": "application/json" } });
    };
    const call: GenAiCall = { model, contents: "-", config: { httpOptions: { fetch: ours } } };
    try {
      await (options.stream ? models.generateContentStream(call) : models.generateContent(call));
    } catch (cause) {
      if (answer === undefined) throw failed?.cause ?? cause;
    }
    if (answer === undefined) {
      throw new BrainOpsError("unsupported", "This client of @google/genai does not send by the fetch it is given.");
    }
    return answer;
  };
}
