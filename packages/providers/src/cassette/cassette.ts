import {
  BrainOpsError,
  isBrainOpsError,
  type ErrorCode,
  type Json,
  type ModelRequest,
  type StreamPart,
} from "@brainops/core";
import { redact } from "../fault/redact.ts";
import { isObject, listOf } from "../shape/json.ts";

/** One recorded call. */
export interface RecordedCall {
  /** Of the redacted request: what a call is found by when it is played. */
  readonly hash: string;
  /** What was asked, redacted. */
  readonly request: ModelRequest;
  /** What was heard, in order; of a call that did not stream, the finish alone. */
  readonly parts: readonly StreamPart[];
  /** How it failed, when it did. */
  readonly error?: {
    /** Code of the error. */
    readonly code: ErrorCode;
    /** Its message, redacted. */
    readonly message: string;
    /** Its details, redacted. */
    readonly details: Json;
  };
}

/** Calls and their answers, as plain JSON, without secrets: made to be kept in a repository. */
export interface Cassette {
  /** Version of the format. */
  readonly format: 1;
  /** Name of the model that was recorded. */
  readonly model: string;
  /** The calls, in the order in which they began. */
  readonly calls: readonly RecordedCall[];
}

/** Takes secrets out of every text in a value: the ones given, and whatever has the shape of a key. */
export function clean<T>(value: T, secrets: readonly string[]): T {
  const walk = (one: Json | undefined): Json | undefined => {
    if (typeof one === "string") return redact(one, secrets);
    if (Array.isArray(one)) return listOf(one).map((item) => walk(item) ?? null);
    if (!isObject(one)) return one;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [redact(key, secrets), walk(item)]));
  };
  return walk(value as Json) as T;
}

/** An error as it is recorded. What is no error of ours is recorded as a failure of the server. */
export function errorOf(error: unknown): NonNullable<RecordedCall["error"]> {
  if (!isBrainOpsError(error)) {
    return { code: "server_error", message: error instanceof Error ? error.message : String(error), details: {} };
  }
  return { code: error.code, message: error.message, details: error.details };
}

/**
 * Reads a cassette from JSON that was kept. Throws `invalid_input` when it is none.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { readCassette, replayModel } from "@brainops/providers";
 * const model = replayModel(readCassette(await readFile("hello.cassette.json", "utf8")));
 * ```
 */
export function readCassette(text: string): Cassette {
  const refuse = (what: string): never => {
    throw new BrainOpsError("invalid_input", `This is no cassette: ${what}. Record it again.`);
  };
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return refuse("it is not JSON");
  }
  if (!isObject(value) || value["format"] !== 1) return refuse("its format is not 1");
  if (typeof value["model"] !== "string" || !Array.isArray(value["calls"])) return refuse("it has no calls");
  return value as object as Cassette;
}
