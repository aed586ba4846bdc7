import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Anthropic } from "@anthropic-ai/sdk";
import { OpenAI } from "openai";
import type { JsonObject, Model, ModelResponse } from "@brainops/core";
import { scriptedModel, type ScriptedModel } from "@brainops/core/testing";
import { nodeListener } from "../serve/node-listener.ts";
import { serveModel, type ServeOptions } from "../serve/serve.ts";

/** A Model behind a real server. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a Model on the loopback. */
export async function serve(model: Model, options?: ServeOptions): Promise<Served> {
  const server = createServer(nodeListener(serveModel(model, options)));
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      return closed.promise;
    },
  };
}

/** The key that the vendors' clients bring. */
export const apiKey = "test-key-0000";

/** Serves a Model, closed by whoever is given `close`, and gives the vendors' own clients of it. */
export async function served(
  atEnd: (close: () => Promise<void>) => void,
  model: Model,
  options?: ServeOptions,
): Promise<{ readonly openai: OpenAI; readonly anthropic: Anthropic; readonly url: string }> {
  const { url, close } = await serve(model, options);
  atEnd(close);
  const openai = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
  const anthropic = new Anthropic({ apiKey, baseURL: url, maxRetries: 0, authToken: null });
  return { openai, anthropic, url };
}

/** A model that is overloaded. */
export const down = (): ScriptedModel =>
  scriptedModel([{ answer: { fail: { code: "overloaded" } } }], { name: "down" });

/** A model whose reasoning has to go back to its vendor. */
export function signed(up: Model, opaque: JsonObject): Model {
  const sign = (response: ModelResponse): ModelResponse => {
    const reasoning = response.reasoning.map((part) => ({ ...part, vendor: "google", opaque }));
    const others = typeof response.message.content === "string" ? [] : response.message.content;
    const content = [...reasoning, ...others.filter((part) => part.type !== "reasoning")];
    return { ...response, reasoning, message: { role: "assistant", content } };
  };
  return {
    ...up,
    generate: async (request, call) => sign(await up.generate(request, call)),
    async *stream(request, call) {
      for await (const part of up.stream(request, call))
        yield part.type === "finish" ? { ...part, response: sign(part.response) } : part;
    },
  };
}
