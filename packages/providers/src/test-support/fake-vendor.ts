import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ErrorCode, JsonObject } from "@brainops/core";
import type { ScriptedAnswer } from "@brainops/core/testing";

/** How one vendor says a scripted answer on its wire. */
export interface FakeVendor {
  readonly contentType: string;
  /** The whole body. */
  whole(answer: ScriptedAnswer): JsonObject;
  /** The events of a stream, framed, one text each. The last is the end marker, where there is one. */
  events(answer: ScriptedAnswer): readonly string[];
  /** How many of the last events go missing when the stream is cut. */
  readonly tail: number;
  error(code: ErrorCode): { readonly status: number; readonly body: JsonObject };
}

/** A server of one's own on the loopback. */
export interface LoopbackServer {
  readonly url: string;
  /** Bodies of the requests so far. */
  readonly requests: JsonObject[];
  /** Resolves when the next request has arrived. */
  arrived(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server on a free port of the loopback. The listener gets each request with its body read. */
export async function loopback(
  answer: (request: IncomingMessage, response: ServerResponse, body: JsonObject) => void,
): Promise<LoopbackServer> {
  const requests: JsonObject[] = [];
  let waiting: (() => void)[] = [];
  const listener: RequestListener = (request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const text = Buffer.concat(pieces).toString("utf8");
      const body = text === "" ? {} : (JSON.parse(text) as JsonObject);
      requests.push(body);
      for (const wake of waiting) wake();
      waiting = [];
      answer(request, response, body);
    });
  };
  const server = createServer(listener);
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    arrived() {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      return promise;
    },
    close() {
      server.closeAllConnections();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      return closed.promise;
    },
  };
}

/** Starts a vendor that gives one answer to every request. */
export function fakeVendor(vendor: FakeVendor, answer: ScriptedAnswer): Promise<LoopbackServer> {
  return loopback((request, response, body) => {
    if (answer.hang === true) return;
    const streamed = body["stream"] === true || (request.url ?? "").includes("streamGenerateContent");
    const said = answer.text !== undefined || answer.toolCalls !== undefined;
    if (answer.fail !== undefined && !(streamed && said)) {
      const { status, body: error } = vendor.error(answer.fail.code);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(error));
      return;
    }
    if (!streamed) {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(vendor.whole(answer)));
      return;
    }
    response.writeHead(200, { "content-type": vendor.contentType });
    const events = vendor.events(answer);
    for (const event of answer.fail === undefined ? events : events.slice(0, -vendor.tail)) response.write(event);
    response.end();
  });
}

/** The pieces of an answer's text. */
export const pieces = (answer: ScriptedAnswer): readonly string[] => {
  if (answer.output !== undefined) return [JSON.stringify(answer.output)];
  return typeof answer.text === "string" ? [answer.text] : (answer.text ?? []);
};

/** Input and output tokens of an answer. */
export const counts = (answer: ScriptedAnswer): readonly [input: number, output: number] => [
  answer.usage?.inputTokens ?? 10,
  answer.usage?.outputTokens ?? 5,
];

/** The HTTP status that says a code. */
export const statusOf = (code: ErrorCode): number =>
  ({ rate_limit: 429, overloaded: 503, server_error: 500, auth: 401, not_found: 404, invalid_request: 400 })[
    code as string
  ] ?? 500;
