import {
  type Clock,
  type Json,
  type Model,
  type ModelRequest,
  type ModelResponse,
  type PluginStorage,
} from "@brainops/core";
import { partsOf } from "../shape/play.ts";
import { requestHash } from "../shape/request-hash.ts";
import { systemClock } from "../time/clock.ts";

/** Where answers can be kept beyond the process: the part of a plugin's storage that is needed. */
export type CacheStorage = Pick<PluginStorage, "get" | "put">;

/** What {@link cached} can be told. */
export interface CacheOptions {
  /** How long an answer is good, in milliseconds. Default: one day. */
  readonly ttlMs?: number;
  /** The most answers kept in memory; the ones not used for the longest go. Default 1,000. */
  readonly most?: number;
  /** Which requests may be answered from the cache. Default: all. */
  readonly when?: (request: ModelRequest) => boolean;
  /**
   * Where answers are kept beyond the process as well. What lies there is only as secret as that storage. Default: only
   * in the process.
   */
  readonly storage?: CacheStorage;
  /** What ages are counted by. Default: the system's clock. */
  readonly clock?: Clock;
}

interface Kept {
  readonly at: number;
  readonly response: ModelResponse;
}

/**
 * Answers requests that were answered before, by the hash of the whole request, without asking. Only whole answers are
 * kept: no errors, none that was cut or refused. An answer from the cache says so in its attempts, and costs nothing.
 *
 * @example
 * ```ts
 * import { cached, chain, claude, gpt } from "@brainops/providers";
 * const model = cached(chain([claude(), gpt()]), { ttlMs: 3_600_000, when: (request) => request.temperature === 0 });
 * ```
 */
export function cached(model: Model, options: CacheOptions = {}): Model {
  const { ttlMs = 86_400_000, most = 1_000, when = () => true, storage, clock = systemClock } = options;
  const memory = new Map<string, Kept>();
  const keep = (hash: string, kept: Kept): void => {
    memory.delete(hash);
    memory.set(hash, kept);
    const [oldest] = memory.keys();
    if (memory.size > most && oldest !== undefined) memory.delete(oldest);
  };
  const key = (hash: string): string => `answer/${model.name}/${hash}`;

  const find = async (hash: string): Promise<ModelResponse | undefined> => {
    const began = clock.now();
    // A storage that fails must not fail the call: then the model is asked.
    const stored = memory.has(hash) ? undefined : await storage?.get(key(hash)).catch(() => undefined);
    const kept = memory.get(hash) ?? (stored?.value as Kept | null | undefined);
    if (kept === undefined || kept === null) return undefined;
    if (began - kept.at >= ttlMs) {
      memory.delete(hash);
      return undefined;
    }
    keep(hash, kept);
    const note = `from the cache; it was answered ${began - kept.at} ms ago`;
    return {
      ...kept.response,
      attempts: [{ model: model.name, startedAt: began, ms: clock.now() - began, outcome: "answered", cost: 0, note }],
    };
  };
  const remember = (hash: string, response: ModelResponse): void => {
    if (response.finishReason !== "stop" && response.finishReason !== "tool_calls") return;
    const { attempts: _attempts, requestId: _id, ...rest } = response;
    const kept: Kept = { at: clock.now(), response: rest };
    keep(hash, kept);
    void storage?.put(key(hash), kept as object as Json).catch(() => undefined);
  };

  return {
    ...model,
    async generate(request, call = {}) {
      if (!when(request)) return await model.generate(request, call);
      const hash = requestHash(request);
      const known = await find(hash);
      if (known !== undefined) return known;
      const response = await model.generate(request, call);
      remember(hash, response);
      return response;
    },
    async *stream(request, call = {}) {
      const hash = when(request) ? requestHash(request) : undefined;
      const known = hash === undefined ? undefined : await find(hash);
      if (known !== undefined) {
        yield* partsOf(known);
        return;
      }
      for await (const part of model.stream(request, call)) {
        if (part.type === "finish" && hash !== undefined) remember(hash, part.response);
        yield part;
      }
    },
  };
}
