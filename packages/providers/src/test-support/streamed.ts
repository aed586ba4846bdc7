import type { Json, Model, ModelRequest, ModelResponse } from "@brainops/core";
import { loopback } from "./fake-vendor.ts";

const ask: ModelRequest = { messages: [{ role: "user", content: "Hi." }] };

/** Values as the events of a stream. */
export const lines = (events: readonly Json[]): string =>
  events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");

/** Streams a text to a model, and gives its answer. */
export const streamed = (make: (baseUrl: string) => Model, text: string): Promise<ModelResponse> =>
  answering(make, "text/event-stream", text, async (model) => {
    for await (const part of model.stream(ask)) if (part.type === "finish") return part.response;
    throw new Error("there was no finish");
  });

/** Answers a model with one JSON body, and gives what it makes of it. */
export const whole = (make: (baseUrl: string) => Model, body: Json): Promise<ModelResponse> =>
  answering(make, "application/json", JSON.stringify(body), (model) => model.generate(ask));

async function answering(
  make: (baseUrl: string) => Model,
  type: string,
  text: string,
  run: (model: Model) => Promise<ModelResponse>,
): Promise<ModelResponse> {
  const server = await loopback((_request, response) => {
    response.writeHead(200, { "content-type": type }).end(text);
  });
  try {
    return await run(make(server.url));
  } finally {
    await server.close();
  }
}
