import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ServeHandler } from "./serve.ts";

/**
 * Lets `node:http` serve a {@link ServeHandler}. A client that goes away stops the call.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { claude, nodeListener, serveModel } from "@brainops/providers";
 * createServer(nodeListener(serveModel(claude()))).listen(8080, "127.0.0.1");
 * ```
 */
export function nodeListener(handler: ServeHandler): (request: IncomingMessage, response: ServerResponse) => void {
  return (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) gone.abort();
    });
    void answer(handler, incoming, outgoing, gone.signal).catch(() => outgoing.destroy());
  };
}

async function answer(
  handler: ServeHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) if (typeof value === "string") headers.set(name, value);
  const method = incoming.method ?? "GET";
  const none = method === "GET" || method === "HEAD";
  const body: RequestInit = none ? {} : { body: Readable.toWeb(incoming) as ReadableStream, duplex: "half" };
  const request = new Request(new URL(incoming.url ?? "/", "http://localhost"), { method, headers, signal, ...body });
  const response = await handler(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) {
    outgoing.end();
    return;
  }
  await pipeline(Readable.fromWeb(response.body), outgoing);
}
