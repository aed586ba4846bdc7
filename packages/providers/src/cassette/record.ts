import type { Model, ModelRequest, StreamPart } from "@brainops/core";
import { requestHash } from "../shape/request-hash.ts";
import { clean, errorOf, type Cassette, type RecordedCall } from "./cassette.ts";

/** What {@link record} can be told. */
export interface RecordOptions {
  /** Values that must not be kept. Whatever has the shape of a key is left out anyway. Default: none. */
  readonly secrets?: readonly string[];
}

/** A model whose calls are recorded. */
export interface RecordingModel extends Model {
  /** What was recorded so far. `JSON.stringify` makes a file of it. */
  cassette(): Cassette;
}

interface Recording {
  end(parts: readonly StreamPart[], error?: unknown): void;
  drop(): void;
}

/**
 * Records the calls of a model, errors included, to be played in tests by {@link replayModel}. Secrets are taken out of
 * requests, answers and errors. A call that its caller stopped is not recorded.
 *
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { claude, record } from "@brainops/providers";
 * const model = record(claude());
 * await model.generate({ messages: [{ role: "user", content: "Say hello." }] });
 * await writeFile("hello.cassette.json", JSON.stringify(model.cassette(), null, 2));
 * ```
 */
export function record(model: Model, options: RecordOptions = {}): RecordingModel {
  const { secrets = [] } = options;
  const calls: RecordedCall[] = [];
  /** Holds a place, so that calls at the same time are recorded in the order in which they began. */
  const begin = (asked: ModelRequest): Recording => {
    const request = clean(asked, secrets);
    const call: RecordedCall = { hash: requestHash(request), request, parts: [] };
    calls.push(call);
    return {
      end(parts, error) {
        const heard = clean(parts, secrets);
        const failed = error === undefined ? {} : { error: clean(errorOf(error), secrets) };
        calls[calls.indexOf(call)] = { ...call, parts: heard, ...failed };
      },
      drop: () => void calls.splice(calls.indexOf(call), 1),
    };
  };
  return {
    ...model,
    async generate(request, call = {}) {
      const recording = begin(request);
      try {
        const response = await model.generate(request, call);
        recording.end([{ type: "finish", response }]);
        return response;
      } catch (error) {
        if (call.signal?.aborted === true) recording.drop();
        else recording.end([], error);
        throw error;
      }
    },
    async *stream(request, call = {}) {
      const recording = begin(request);
      const parts: StreamPart[] = [];
      let over = false;
      try {
        for await (const part of model.stream(request, call)) {
          parts.push(part);
          yield part;
        }
        over = true;
        recording.end(parts);
      } catch (error) {
        over = true;
        if (call.signal?.aborted === true) recording.drop();
        else recording.end(parts, error);
        throw error;
      } finally {
        // Whoever listened has left in the middle.
        if (!over) recording.drop();
      }
    },
    cassette: () => ({ format: 1, model: model.name, calls: [...calls] }),
  };
}
