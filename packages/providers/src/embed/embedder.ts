import { type Embedder, type Json, type JsonObject, type ModelCallOptions } from "@brainops/core";
import { answerFailure, failure, networkFailure, requestIdOf, type Speaker } from "../fault/failure.ts";
import { listOf, parseJson } from "../shape/json.ts";
import type { Send } from "../adapter/adapter.ts";
import { abortedError, readText } from "../wire/body.ts";

/** What makes an {@link Embedder}: a wire, and a way to send. */
export interface EmbedderSetup {
  readonly name: string;
  /** The vendor's id of the model. */
  readonly id: string;
  /** Length of each vector. */
  readonly dimensions: number;
  /** The most texts that the vendor takes at once. */
  readonly most: number;
  readonly secrets: readonly string[];
  readonly send: Send;
  encode(texts: readonly string[]): JsonObject;
  /** The vectors of an answer, in the order of the texts: lists of numbers, or base64 of 32-bit floats. */
  decode(body: JsonObject): readonly (Json | undefined)[];
}

const maxBytes = 256 * 1024 * 1024;

/** Makes an {@link Embedder} of a wire. Texts are sent in as many requests as needed, one after the other. */
export function embedder(setup: EmbedderSetup): Embedder {
  const { name, dimensions } = setup;
  const speaker: Speaker = { name, secrets: setup.secrets };

  const ask = async (
    texts: readonly string[],
    { signal, idempotencyKey }: ModelCallOptions,
  ): Promise<Float32Array[]> => {
    let response: Response;
    let text: string;
    try {
      response = await setup.send(setup.encode(texts), { stream: false, signal, idempotencyKey });
      text = await readText(response.body, { signal, maxBytes }, true);
    } catch (cause) {
      throw signal?.aborted === true ? abortedError() : networkFailure(speaker, cause);
    }
    if (!response.ok) throw answerFailure(speaker, text, response);
    const body = parseJson(text);
    const requestId = requestIdOf(response.headers);
    const wrong = (what: string): Error =>
      failure(speaker, "invalid_response", what, requestId === undefined ? {} : { requestId });
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      throw wrong(/^\s*</.test(text) ? "the answer is an HTML page instead of JSON" : "the answer is no JSON object");
    }
    const vectors = setup.decode(body as JsonObject).map(vectorOf);
    if (vectors.length !== texts.length) {
      throw wrong(`${texts.length} texts were sent, and ${vectors.length} vectors came back`);
    }
    return vectors.map((vector) => {
      if (vector === undefined) throw wrong("a vector is none: it holds something other than finite numbers");
      if (vector.length !== dimensions) {
        throw wrong(`a vector has ${vector.length} dimensions, expected ${dimensions}; give the model's as dimensions`);
      }
      return unit(vector);
    });
  };

  return {
    name,
    id: setup.id,
    dimensions,
    async embed(texts, options = {}) {
      if (options.signal?.aborted === true) throw abortedError();
      const empty = texts.findIndex((text) => text === "");
      if (empty >= 0) {
        throw failure(speaker, "invalid_input", `text ${empty + 1} is empty, and nothing can be said of its meaning`);
      }
      const vectors: Float32Array[] = [];
      for (let from = 0; from < texts.length; from += setup.most) {
        vectors.push(...(await ask(texts.slice(from, from + setup.most), options)));
      }
      return vectors;
    },
  };
}

function vectorOf(value: Json | undefined): Float32Array | undefined {
  if (typeof value === "string") {
    const bytes = Buffer.from(value, "base64");
    if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
    const vector = Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
    return vector.every(Number.isFinite) ? vector : undefined;
  }
  const list = listOf(value);
  return list.length > 0 && list.every((one) => typeof one === "number") ? Float32Array.from(list) : undefined;
}

/** The vector with length one, so that all that compare vectors may compare angles. Zero stays zero. */
function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 || Math.abs(length - 1) < 1e-6 ? vector : vector.map((value) => value / length);
}
