import { type Json, type JsonObject, type Model, type ModelCallOptions } from "@brainops/core";
import { answerFailure, failure, networkFailure, type Speaker } from "../fault/failure.ts";
import { isObject, listOf, numberOf, objectOf, parseJson, textOf } from "../shape/json.ts";
import { abortedError, readText } from "../wire/body.ts";

/** A model that a vendor offers. */
export interface ModelInfo {
  /** The id to ask for it. */
  readonly id: string;
  /** What the vendor calls it. */
  readonly title?: string;
  /** How many tokens it takes, where the vendor says so. */
  readonly contextTokens?: number;
  /** How many tokens it answers with at most, where the vendor says so. */
  readonly outputTokens?: number;
}

/** A model of a vendor that lists what it offers. */
export interface ListingModel extends Model {
  /** The models that the vendor offers to this key, in its order. */
  models(options?: ModelCallOptions): Promise<readonly ModelInfo[]>;
}

/** One page of a vendor's list. */
export interface Page {
  readonly models: readonly ModelInfo[];
  /** What to ask for the page after it. */
  readonly next?: string | undefined;
}

const maxBytes = 16 * 1024 * 1024;
/** No vendor has so many; a server that never ends its list must not hold us. */
const mostPages = 100;

/** Lists by a vendor's own list, page by page. */
export function listBy(
  speaker: Speaker,
  ask: (after: string | undefined, options: ModelCallOptions) => Promise<Response>,
  read: (body: JsonObject) => Page,
): ListingModel["models"] {
  return async (options = {}) => {
    const all: ModelInfo[] = [];
    let after: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const { models, next } = read(await body(speaker, () => ask(after, options), options));
      all.push(...models);
      if (next === undefined || next === "" || next === after) break;
      after = next;
    }
    return all;
  };
}

async function body(speaker: Speaker, ask: () => Promise<Response>, { signal }: ModelCallOptions): Promise<JsonObject> {
  let response: Response;
  let text: string;
  try {
    if (signal?.aborted === true) throw abortedError();
    response = await ask();
    text = await readText(response.body, { signal, maxBytes }, true);
  } catch (cause) {
    throw signal?.aborted === true ? abortedError() : networkFailure(speaker, cause);
  }
  if (!response.ok) throw answerFailure(speaker, text, response);
  const json = parseJson(text);
  if (isObject(json)) return json;
  throw failure(speaker, "invalid_response", "the list of models is no JSON object; check the base URL");
}

const info = (id: Json | undefined, more: Omit<ModelInfo, "id">): readonly ModelInfo[] =>
  typeof id === "string" && id !== "" ? [{ id, ...more }] : [];

/** Anthropic's list. */
export const anthropicPage = (page: JsonObject): Page => ({
  models: listOf(page["data"])
    .map(objectOf)
    .flatMap((one) =>
      info(one["id"], { ...title(one["display_name"]), ...tokens(one["max_input_tokens"], one["max_tokens"]) }),
    ),
  next: page["has_more"] === true ? textOf(page["last_id"]) : undefined,
});

/** OpenAI's list, and that of compatible servers. */
export const openaiPage = (page: JsonObject): Page => ({
  models: listOf(page["data"])
    .map(objectOf)
    .flatMap((one) => info(one["id"], tokens(one["max_model_len"] ?? one["context_length"], undefined))),
});

/** Gemini's list: only what can answer. */
export const geminiPage = (page: JsonObject): Page => ({
  models: listOf(page["models"])
    .map(objectOf)
    .filter((one) => listOf(one["supportedGenerationMethods"]).includes("generateContent"))
    .flatMap((one) =>
      info(textOf(one["name"]).replace(/^models\//, ""), {
        ...title(one["displayName"]),
        ...tokens(one["inputTokenLimit"], one["outputTokenLimit"]),
      }),
    ),
  next: textOf(page["nextPageToken"]),
});

/** Ollama's list of what is loaded on the machine. */
export const ollamaPage = (page: JsonObject): Page => ({
  models: listOf(page["models"])
    .map(objectOf)
    .flatMap((one) => info(one["name"], {})),
});

const title = (value: Json | undefined): { readonly title?: string } =>
  typeof value === "string" && value !== "" ? { title: value } : {};

function tokens(context: Json | undefined, output: Json | undefined): Omit<ModelInfo, "id"> {
  const [contextTokens, outputTokens] = [numberOf(context), numberOf(output)];
  return {
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
  };
}
