import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Json, JsonObject } from "@brainops/core";

/** What came in, as far as a script needs it. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content?: Json; readonly tool_calls?: Json }[];
  readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: JsonObject } }[];
  readonly response_format?: JsonObject;
  readonly stream?: boolean;
}

/** What a script says to a request. */
export interface ChatAnswer {
  readonly content?: string;
  readonly calls?: readonly { readonly name: string; readonly args: JsonObject }[];
}

/** A server that speaks OpenAI's Chat Completions on a loopback port, and says what a script tells it. */
export interface ModelServer {
  readonly url: string;
  readonly requests: readonly ChatRequest[];
  /** Which requests are answered with 503, as by a vendor that is down. Default: none. */
  away: (request: ChatRequest) => boolean;
  close(): Promise<void>;
}

/** Starts the server on a free port. A script that throws is a 500, as of a broken server. */
export async function modelServer(script: (request: ChatRequest) => ChatAnswer): Promise<ModelServer> {
  const requests: ChatRequest[] = [];
  const made: Pick<ModelServer, "requests" | "away"> = { requests, away: () => false };
  const server: Server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => {
      response.writeHead(500, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: String(error) } }));
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.endsWith("/models") === true) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ object: "list", data: [{ id: "script-1", object: "model" }] }));
      return;
    }
    if (request.method !== "POST" || request.url?.endsWith("/chat/completions") !== true) {
      response.writeHead(404).end();
      return;
    }
    const body = (await bodyOf(request)) as unknown as ChatRequest;
    requests.push(body);
    if (made.away(body)) {
      response.writeHead(503, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: "The server is overloaded" } }));
      return;
    }
    const answer = script(body);
    if (body.stream === true) stream(response, answer);
    else {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(whole(answer)));
    }
  }

  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return Object.assign(made, {
    url: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  });
}

const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
const head = { id: "chatcmpl-1", created: 1, model: "script-1" };

const reason = (answer: ChatAnswer): string => (answer.calls === undefined ? "stop" : "tool_calls");

function toolCalls(answer: ChatAnswer): readonly JsonObject[] | undefined {
  return answer.calls?.map(({ name, args }, index) => ({
    index,
    id: `call_${index}_${Math.random().toString(36).slice(2)}`,
    type: "function",
    function: { name, arguments: JSON.stringify(args) },
  }));
}

function whole(answer: ChatAnswer): Json {
  const message = { role: "assistant", content: answer.content ?? null, tool_calls: toolCalls(answer) };
  return { ...head, object: "chat.completion", choices: [{ index: 0, message, finish_reason: reason(answer) }], usage };
}

function stream(response: ServerResponse, answer: ChatAnswer): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (choices: Json, more: JsonObject = {}): void => {
    response.write(`data: ${JSON.stringify({ ...head, object: "chat.completion.chunk", choices, ...more })}\n\n`);
  };
  const delta = { role: "assistant", content: answer.content ?? "", tool_calls: toolCalls(answer) };
  send([{ index: 0, delta, finish_reason: null }]);
  send([{ index: 0, delta: {}, finish_reason: reason(answer) }]);
  send([], { usage });
  response.end("data: [DONE]\n\n");
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as Json;
}
