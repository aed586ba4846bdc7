import { BrainOpsError } from "@brainops/core";
import type { Send } from "../adapter/adapter.ts";
import { straightFetch } from "../transport/straight-fetch.ts";

/** The part of a client of `@google/genai` that the adapter uses: its authentication, its address, its headers. */
export interface GenAiClient {
  /** What it asks with. */
  readonly models: {
    /** Asks for a whole answer. */
    generateContent(
      call: GenAiCall & {
        /** A stand-in: the body is put in when it is sent. */
        readonly contents: string;
      },
    ): Promise<unknown>;
    /** Asks for a stream. */
    generateContentStream(
      call: GenAiCall & {
        /** A stand-in: the body is put in when it is sent. */
        readonly contents: string;
      },
    ): Promise<unknown>;
    /** Asks about a model. */
    get(call: GenAiCall): Promise<unknown>;
    /** Lists the models. */
    list(call: {
      /** How to send it, and which page to give. */
      readonly config: GenAiCall["config"] & {
        /** How many models a page has at most. */
        readonly pageSize: number;
        /** The page; the first when absent. */
        readonly pageToken?: string;
      };
    }): Promise<unknown>;
  };
}

/** A call as `@google/genai` takes it. */
export interface GenAiCall {
  /** The vendor's id of the model. */
  readonly model: string;
  /** How to send it. */
  readonly config: {
    /** Carries the `fetch` that the client sends with: ours puts in what is sent. */
    readonly httpOptions: {
      /** What the client sends with. */
      readonly fetch: typeof fetch;
    };
  };
}

/** A client of the older `@google/generative-ai`, of which only the key is used. */
export interface GenerativeAiClient {
  /** The key that it was made with. */
  readonly apiKey: string;
  /** Not called; tells such a client from others. */
  getGenerativeModel(...parameters: never): unknown;
}

/**
 * Lets `@google/genai` make a request and keeps the answer. The SDK keeps neither the headers of errors nor the raw
 * stream, so it is only asked where to and with what authentication: the `fetch` that it is handed sends `body`.
 */
export async function answerOfGenAi(
  run: (config: GenAiCall["config"]) => Promise<unknown>,
  signal: AbortSignal | undefined,
  body?: string,
): Promise<Response> {
  let answer: Response | undefined;
  let failed: { readonly cause: unknown } | undefined;
  const ours: typeof fetch = async (input, init) => {
    try {
      answer = await straightFetch(input, {
        ...init,
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (cause) {
      failed = { cause };
      throw cause;
    }
    return new Response("{}", { headers: { "content-type": "application/json" } });
  };
  try {
    await run({ httpOptions: { fetch: ours } });
  } catch (cause) {
    if (answer === undefined) throw failed?.cause ?? cause;
  }
  if (answer === undefined) {
    throw new BrainOpsError("unsupported", "This client of @google/genai does not send by the fetch that it is given.");
  }
  return answer;
}

/** Has a client make a request, with a body that is replaced before it is sent. */
export function callGenAi(
  models: GenAiClient["models"],
  model: string,
  stream: boolean,
  config: GenAiCall["config"],
): Promise<unknown> {
  const call = { model, contents: "-", config };
  return stream ? models.generateContentStream(call) : models.generateContent(call);
}

/** Sends by `@google/genai`. */
export function sendByGenAi(client: () => Promise<GenAiClient>, model: string): Send {
  return async (body, { stream, signal }) => {
    const { models } = await client();
    const run = (config: GenAiCall["config"]): Promise<unknown> => callGenAi(models, model, stream, config);
    return await answerOfGenAi(run, signal, JSON.stringify(body));
  };
}
