import type { Json } from "@brainops/core";
import { answerFailure, failure, networkFailure, type Speaker } from "../fault/failure.ts";
import { listOf, objectOf, parseJson, textOf } from "../shape/json.ts";
import { straightFetch } from "../transport/straight-fetch.ts";
import { readText } from "../wire/body.ts";

/** What a local server speaks: Ollama's own API, or OpenAI's Chat Completions. */
export type LocalProtocol = "ollama" | "openai";

/** A local server and how to reach it. */
export interface LocalServer {
  readonly baseUrl: string;
  readonly headers: { readonly [name: string]: string };
}

const patienceMs = 5_000;

/** The address of an OpenAI-compatible API under a base URL, which may or may not name the version. */
export const openaiUrl = (baseUrl: string, path: string): string =>
  /\/v\d+[a-z]*$/.test(baseUrl) ? `${baseUrl}${path}` : `${baseUrl}/v1${path}`;

async function get(speaker: Speaker, server: LocalServer, url: string): Promise<Json> {
  let response: Response;
  let text: string;
  const signal = AbortSignal.timeout(patienceMs);
  try {
    response = await straightFetch(url, { headers: server.headers, signal });
    text = await readText(response.body, { signal: undefined, maxBytes: 4 * 1024 * 1024 }, true);
  } catch (cause) {
    throw networkFailure(speaker, cause);
  }
  if (!response.ok) throw answerFailure(speaker, text, response);
  const body = parseJson(text);
  if (body === undefined)
    throw failure(speaker, "invalid_response", `${url} does not answer with JSON, as a model server does`);
  return body;
}

/** Finds out what a server speaks: Ollama tells its version, the others list their models. */
export async function discoverProtocol(speaker: Speaker, server: LocalServer): Promise<LocalProtocol> {
  if (/\/v\d+[a-z]*$/.test(server.baseUrl)) return "openai";
  try {
    const version = await get(speaker, server, `${server.baseUrl}/api/version`);
    if (typeof objectOf(version)["version"] === "string") return "ollama";
  } catch (error) {
    // Refused, unknown host: no other question will be answered either.
    if (error instanceof Error && "code" in error && error.code === "network") throw error;
  }
  await get(speaker, server, openaiUrl(server.baseUrl, "/models"));
  return "openai";
}

/** The first model that a server lists and that is no embedder. */
export async function discoverModel(speaker: Speaker, server: LocalServer, protocol: LocalProtocol): Promise<string> {
  const list =
    protocol === "ollama"
      ? listOf(objectOf(await get(speaker, server, `${server.baseUrl}/api/tags`))["models"]).map(
          (one) => objectOf(one)["name"],
        )
      : listOf(objectOf(await get(speaker, server, openaiUrl(server.baseUrl, "/models")))["data"]).map(
          (one) => objectOf(one)["id"],
        );
  const model = list.map(textOf).find((id) => id !== "" && !/embed|bge-|minilm/i.test(id));
  if (model !== undefined) return model;
  throw failure(
    speaker,
    "not_found",
    `the server at ${server.baseUrl} lists no model that can answer. Load one there (such as ollama pull llama3.2), or name it as model`,
  );
}
