import type { JsonObject, Model, ModelCallOptions, ModelRequest, ModelResponse, StreamPart } from "@brainops/core";
import { isBrainOpsError } from "@brainops/core";
import { answerFailure, failure, networkFailure, requestIdOf, vendorFailure, type Speaker } from "../fault/failure.ts";
import { WireError } from "../fault/wire-error.ts";
import { assembly, type Assembly } from "../shape/assembly.ts";
import type { ListingModel } from "../listing/listing.ts";
import { checkRequest } from "../shape/history.ts";
import { merge, parseJson } from "../shape/json.ts";
import { askByTool, withOutput } from "../structured/output.ts";
import { abortedError, eventSource, readText } from "../wire/body.ts";
import { withBatches } from "./batches.ts";
import type { Protocol } from "./protocol.ts";

/** What a transport is told about one call. */
export interface SendOptions {
  readonly stream: boolean;
  readonly signal: AbortSignal | undefined;
  readonly idempotencyKey: string | undefined;
}

/** Sends a body to the vendor. Resolves with its answer, also with one that says no; rejects when none came. */
export type Send = (body: JsonObject, options: SendOptions) => Promise<Response>;

/** Everything that makes an adapter: a name, a wire, a way to send, and how to ask for structured output. */
export interface AdapterSetup {
  readonly name: string;
  /** The vendor's id of the model. */
  readonly model: string;
  readonly protocol: Protocol;
  readonly send: Send;
  readonly secrets: readonly string[];
  /** The most bytes of one answer. */
  readonly maxResponseBytes: number;
  /** Turns a tool call into the output that was asked for, where the vendor has no native way. */
  readonly structured: "native" | "tool";
  readonly health: NonNullable<Model["health"]>;
  readonly models: ListingModel["models"];
}

/** The most bytes of an answer that an adapter reads unless told otherwise: 64 MiB. */
export const defaultMaxResponseBytes: number = 64 * 1024 * 1024;

const maxErrorBytes = 256 * 1024;

/** Makes a {@link Model} of a protocol and a transport. */
export function adapter(setup: AdapterSetup): ListingModel {
  const { name, protocol } = setup;
  const speaker: Speaker = { name, secrets: setup.secrets };

  /** Checks, encodes and sends; what comes back is a good answer, or an error is thrown. */
  const ask = async (request: ModelRequest, stream: boolean, options: ModelCallOptions): Promise<Response> => {
    if (options.signal?.aborted === true) throw abortedError();
    checkRequest(name, request);
    const asked = setup.structured === "tool" ? askByTool(request) : request;
    const encoded = protocol.encode(asked, { model: setup.model, stream });
    const raw = request.raw?.[protocol.vendor];
    const body = raw === undefined ? encoded : merge(encoded, raw);
    const signal = options.signal;
    let response: Response;
    try {
      response = await setup.send(body, { stream, signal, idempotencyKey: options.idempotencyKey });
    } catch (cause) {
      throw wasAborted(signal) ? abortedError() : networkFailure(speaker, cause);
    }
    if (response.ok) return response;
    const text = await readText(response.body, { signal, maxBytes: maxErrorBytes }, true).catch((cause: unknown) => {
      if (wasAborted(signal)) throw abortedError();
      // The status alone tells enough; the body of an error is only its comment.
      return cause instanceof Error ? cause.message : "";
    });
    throw answerFailure(speaker, text, response);
  };

  /** Turns what went wrong while reading into the error that callers see, with what had arrived. */
  const readingFailed = (
    cause: unknown,
    into: Assembly,
    response: Response,
    signal: AbortSignal | undefined,
  ): Error => {
    if (wasAborted(signal) || isBrainOpsError(cause, "aborted")) return abortedError();
    const requestId = requestIdOf(response.headers);
    const details = { ...(requestId === undefined ? {} : { requestId }), ...into.partial() };
    if (cause instanceof WireError) {
      return cause.code === undefined
        ? vendorFailure(speaker, cause.body, { headers: response.headers }, details)
        : failure(speaker, cause.code, cause.message, details);
    }
    if (isBrainOpsError(cause)) return failure(speaker, cause.code, cause.message, { ...cause.details, ...details });
    // What is nested so deeply that it cannot be walked was not made by a model.
    if (cause instanceof RangeError)
      return failure(speaker, "invalid_response", `the answer cannot be read: ${cause.message}`, {});
    return networkFailure(speaker, cause, details);
  };

  const whole = async (response: Response, into: Assembly, signal: AbortSignal | undefined): Promise<void> => {
    const text = await readText(response.body, { signal, maxBytes: setup.maxResponseBytes });
    const body = parseJson(text);
    if (body === undefined) throw notJson(text);
    protocol.reader(into).whole(body);
  };

  const finished = (request: ModelRequest, into: Assembly, response: Response): ModelResponse => {
    if (into.modelId === "") into.modelId = setup.model;
    return withOutput(speaker, request, into.response(name, requestIdOf(response.headers)), setup.structured);
  };

  async function* batches(request: ModelRequest, options: ModelCallOptions): AsyncGenerator<readonly StreamPart[]> {
    const response = await ask(request, true, options);
    const into = assembly(protocol.vendor);
    let any = false;
    try {
      if (protocol.framing === "sse" && isJson(response)) {
        // Some servers and proxies do not stream although they were asked to.
        await whole(response, into, options.signal);
      } else {
        const reader = protocol.reader(into);
        const reading = { signal: options.signal, maxBytes: setup.maxResponseBytes };
        const source = eventSource(response.body, protocol.framing, reading);
        try {
          for (let events = await source.next(); events !== undefined; events = await source.next()) {
            for (const event of events) {
              const data = parseJson(event.data);
              if (event.unterminated === true && data === undefined) continue;
              reader.event(event, data);
              any = true;
            }
            const parts = into.drain();
            if (parts.length > 0) yield parts;
          }
        } finally {
          source.close();
        }
        if (!any && isPage(response)) throw notJson("<html");
        if (!reader.ended()) {
          throw new WireError("the stream ended without its end marker", { code: "stream_truncated" });
        }
      }
    } catch (cause) {
      // Listeners see what arrived, also what arrived together with the end.
      const rest = into.drain();
      if (rest.length > 0 && !wasAborted(options.signal)) yield rest;
      throw readingFailed(any ? brokenOff(cause) : cause, into, response, options.signal);
    }
    yield [...into.drain(), { type: "finish", response: finished(request, into, response) }];
  }

  const model: ListingModel = {
    name,
    id: setup.model,
    async generate(request, options = {}) {
      const response = await ask(request, false, options);
      const into = assembly(protocol.vendor);
      try {
        await whole(response, into, options.signal);
      } catch (cause) {
        throw readingFailed(cause, into, response, options.signal);
      }
      return finished(request, into, response);
    },
    async *stream(request, options = {}): AsyncGenerator<StreamPart> {
      for await (const parts of batches(request, options)) for (const part of parts) yield part;
    },
    health: setup.health,
    models: setup.models,
  };
  withBatches(model, batches);
  return model;
}

/** A connection that breaks in the middle of an answer has cut it, however it broke. */
function brokenOff(cause: unknown): unknown {
  if (cause instanceof WireError || isBrainOpsError(cause)) return cause;
  const words = cause instanceof Error ? cause.message : String(cause);
  return new WireError(`the connection broke in the middle of the stream: ${words}`, { code: "stream_truncated" });
}

const wasAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

const mediaType = (response: Response): string => response.headers.get("content-type")?.toLowerCase() ?? "";

const isJson = (response: Response): boolean => /^application\/(json|problem\+json)\b/.test(mediaType(response));

const isPage = (response: Response): boolean => mediaType(response).startsWith("text/html");

const notJson = (text: string): WireError =>
  new WireError(
    /^\s*</.test(text)
      ? "the answer is an HTML page instead of JSON; the base URL may point at a website or a proxy's login"
      : "the answer is no JSON",
    { code: "invalid_response" },
  );
