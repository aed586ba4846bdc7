import type { IncomingHttpHeaders } from "node:http";
import { isBrainOpsError, type JsonObject, type Model, type ModelRequest } from "@brainops/core";
import { loopback } from "./fake-vendor.ts";

/** What a model sent for one request. */
export interface Sent {
  readonly body: JsonObject;
  readonly headers: IncomingHttpHeaders;
  /** Path and query. */
  readonly address: string | undefined;
}

/** Lets a model ask a server that notes the request and answers with an error. */
export async function sent(make: (baseUrl: string) => Model, request: ModelRequest, streamed = false): Promise<Sent> {
  let headers: IncomingHttpHeaders = {};
  let address: string | undefined;
  const server = await loopback((incoming, response) => {
    headers = incoming.headers;
    address = incoming.url;
    response.writeHead(500).end();
  });
  try {
    const model = make(server.url);
    const options = { idempotencyKey: "key-1" };
    const asked = streamed
      ? model.stream(request, options)[Symbol.asyncIterator]().next()
      : model.generate(request, options);
    await asked.catch((error: unknown) => {
      if (!isBrainOpsError(error, "server_error")) throw error;
    });
  } finally {
    await server.close();
  }
  const [body, ...more] = server.requests;
  if (body === undefined || more.length > 0)
    throw new Error(`${server.requests.length} requests were sent, expected one`);
  return { body, headers, address };
}
