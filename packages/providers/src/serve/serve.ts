import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { BrainOpsError, isBrainOpsError, type Model, type StreamPart } from "@brainops/core";
import { isObject, parseJson } from "../shape/json.ts";
import { readText } from "../wire/body.ts";
import { chatDialect } from "./chat.ts";
import type { Dialect, StreamWriter } from "./dialect.ts";
import { badRequest, faultOf } from "./faults.ts";
import { messagesDialect } from "./messages.ts";
import { responsesDialect } from "./responses.ts";

/** What {@link serveModel} can be told. */
export interface ServeOptions {
  /** The key that clients have to bring. Without one everybody is answered who can reach the server. */
  readonly key?: string;
  /** The most bytes of a request. Default 32 MiB. */
  readonly maxRequestBytes?: number;
}

/** Answers one HTTP request. */
export type ServeHandler = (request: Request) => Promise<Response>;

/**
 * Makes an HTTP endpoint of a Model, so that programs which know OpenAI or Anthropic get a chain's failover by changing
 * their base URL: `POST /v1/chat/completions`, `POST /v1/responses`, `POST /v1/messages`, `GET /v1/models`. Whatever model a client names, this
 * one answers; who it was stands in the field `brainops`. What a client was shown cannot be taken back, so a stream that
 * begins anew (`onCut: "restart"`) ends with an error.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { chain, claude, gpt, nodeListener, serveModel } from "@brainops/providers";
 * const handler = serveModel(chain([claude(), gpt()], { onCut: "continue" }), { key: "a key of your own" });
 * createServer(nodeListener(handler)).listen(8080, "127.0.0.1");
 * ```
 */
export function serveModel(model: Model, options: ServeOptions = {}): ServeHandler {
  const { key, maxRequestBytes = 32 * 1024 * 1024 } = options;
  const dialects: { readonly [path: string]: Dialect } = {
    "/v1/chat/completions": chatDialect,
    "/v1/responses": responsesDialect,
    "/v1/messages": messagesDialect,
  };

  return async (request) => {
    const { pathname } = new URL(request.url);
    const dialect = dialects[pathname] ?? chatDialect;
    const refuse = (error: unknown): Response => {
      const fault = faultOf(error);
      const wait =
        fault.retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(fault.retryAfterMs / 1000)) };
      return Response.json(dialect.error(fault), { status: fault.status, headers: wait });
    };
    if (key !== undefined && !brings(request, key)) {
      const fault = { ...faultOf(undefined), openai: "invalid_api_key", anthropic: "authentication_error" };
      return Response.json(dialect.error({ ...fault, message: "The key is missing or wrong." }), { status: 401 });
    }
    if (pathname === "/v1/models" && request.method === "GET") {
      const one = {
        id: model.name,
        object: "model",
        type: "model",
        created: 0,
        owned_by: "brainops",
        display_name: model.name,
      };
      return Response.json({ object: "list", data: [one], has_more: false, first_id: one.id, last_id: one.id });
    }
    if (dialects[pathname] === undefined || request.method !== "POST") {
      return refuse(new BrainOpsError("not_found", `There is no ${request.method} ${pathname} here.`));
    }
    try {
      const text = await readText(request.body, { signal: request.signal, maxBytes: maxRequestBytes }).catch(() => {
        throw badRequest(`The request is no UTF-8 text of at most ${maxRequestBytes} bytes.`);
      });
      const body = parseJson(text);
      if (!isObject(body)) throw badRequest("The request is no JSON object.");
      const heard = dialect.read(body);
      const id = `brainops-${randomUUID()}`;
      const call = { signal: request.signal };
      if (heard.stream) {
        return await streamed(model.stream(heard.request, call), dialect.stream(id, body));
      }
      return Response.json(dialect.whole(await model.generate(heard.request, call), id));
    } catch (error) {
      return refuse(error);
    }
  };
}

/** Answers with a stream. What fails before the first part is still an ordinary error, with its status. */
async function streamed(parts: AsyncIterable<StreamPart>, writer: StreamWriter): Promise<Response> {
  const iterator = parts[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  let next: Promise<IteratorResult<StreamPart>> = Promise.resolve(await iterator.next());
  let begun = false;
  const say = (part: StreamPart): string => {
    if (part.type === "finish") return writer.end(part.response);
    if (part.type !== "discard") return writer.part(part);
    throw new BrainOpsError(
      "stream_truncated",
      `The answer was begun anew, which cannot be told here (${part.reason}).`,
    );
  };
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const put = (text: string): void => controller.enqueue(encoder.encode(text));
      if (!begun) put(writer.begin());
      begun = true;
      try {
        const { done, value } = await next;
        if (done === true) return controller.close();
        put(say(value));
        if (value.type === "finish") return controller.close();
        next = iterator.next();
        next.catch(() => undefined);
      } catch (error) {
        // A stream that was cut is cut here too: the connection breaks, which no client can take for an end.
        if (isBrainOpsError(error, "stream_truncated")) controller.error(error);
        else {
          put(writer.fail(faultOf(error)));
          controller.close();
        }
        await iterator.return?.();
      }
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  return new Response(stream, { headers: { "content-type": "text/event-stream", "cache-control": "no-cache" } });
}

/** Compares digests, so that the time tells nothing about the key. */
function brings({ headers }: Request, key: string): boolean {
  const given = headers.get("x-api-key") ?? headers.get("authorization")?.replace(/^Bearer /i, "") ?? "";
  const digest = (text: string): Uint8Array => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(key));
}
