import { BrainOpsError, type JsonObject, type Model, type ModelRequest } from "@brainops/core";
import { abortedError } from "../wire/body.ts";
import { partsOf } from "../shape/play.ts";
import { requestHash } from "../shape/request-hash.ts";
import { clean, type Cassette, type RecordedCall } from "./cassette.ts";

/** What {@link replayModel} can be told. */
export interface ReplayOptions {
  /** The same as when it was recorded, so that requests with them are found. Default: none. */
  readonly secrets?: readonly string[];
}

/** A model that plays a cassette. */
export interface ReplayingModel extends Model {
  /** Throws `verify_failed` when something that was recorded has not been asked. */
  assertAsked(): void;
}

/**
 * A model that answers from a cassette, without network, keys or cost. A request that was recorded several times is
 * answered in the order of the recording; one that was not recorded is the error `no_model`, which says what differs
 * from the nearest.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { readCassette, replayModel } from "@brainops/providers";
 * const model = replayModel(readCassette(await readFile("hello.cassette.json", "utf8")));
 * ```
 */
export function replayModel(cassette: Cassette, options: ReplayOptions = {}): ReplayingModel {
  const { secrets = [] } = options;
  const left = [...cassette.calls];
  const take = (asked: ModelRequest): RecordedCall => {
    const request = clean(asked, secrets);
    const hash = requestHash(request);
    const at = left.findIndex((call) => call.hash === hash);
    const [call] = at < 0 ? [] : left.splice(at, 1);
    if (call !== undefined) return call;
    const count = cassette.calls.filter((one) => one.hash === hash).length;
    const why =
      count > 0
        ? `it was recorded ${count} times, and asked once more`
        : `it was not recorded; ${difference(request, (left[0] ?? cassette.calls[0])?.request)}`;
    throw new BrainOpsError(
      "no_model",
      `${cassette.model}: the cassette has no answer to this request: ${why}. Record it again if that is as it should be.`,
    );
  };
  const failureOf = ({ error }: RecordedCall): BrainOpsError | undefined =>
    error === undefined
      ? undefined
      : new BrainOpsError(error.code, error.message, { details: error.details as JsonObject });

  return {
    name: cassette.model,
    generate(request, { signal } = {}) {
      if (signal?.aborted === true) return Promise.reject(abortedError());
      try {
        const call = take(request);
        const failure = failureOf(call);
        if (failure !== undefined) throw failure;
        const last = call.parts.at(-1);
        if (last?.type !== "finish") throw new BrainOpsError("invalid_input", "This recorded call has no end.");
        return Promise.resolve(last.response);
      } catch (error) {
        return Promise.reject(error);
      }
    },
    async *stream(request, { signal } = {}) {
      const check = (): void => {
        if (signal?.aborted === true) throw abortedError();
      };
      check();
      const call = take(request);
      const failure = failureOf(call);
      const [only] = call.parts;
      // A call that was not streamed can be, all the same.
      const parts = failure === undefined && only?.type === "finish" ? [...partsOf(only.response)] : call.parts;
      for (const part of parts) {
        check();
        yield await Promise.resolve(part);
      }
      if (failure !== undefined) throw failure;
    },
    health: () => Promise.resolve({ ok: true, detail: "It plays a cassette." }),
    assertAsked() {
      if (left.length === 0) return;
      const first = JSON.stringify(left[0]?.request.messages.at(-1)).slice(0, 200);
      throw new BrainOpsError(
        "verify_failed",
        `${cassette.model}: ${left.length} of ${cassette.calls.length} recorded calls were not asked, the first: ${first}`,
      );
    },
  };
}

/** The first place where two requests differ, in words. */
function difference(asked: unknown, recorded: unknown, path = "request"): string {
  if (recorded === undefined && path === "request") return "the cassette is empty";
  const both = typeof asked === "object" && typeof recorded === "object" && asked !== null && recorded !== null;
  if (!both) return `${path} is ${show(asked)}, recorded was ${show(recorded)}`;
  for (const key of new Set([...Object.keys(asked), ...Object.keys(recorded)])) {
    const [one, other] = [asked, recorded].map((side) => (side as { readonly [key: string]: unknown })[key]);
    if (JSON.stringify(one) !== JSON.stringify(other)) return difference(one, other, `${path}.${key}`);
  }
  return `${path} differs`;
}

const show = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 100);
