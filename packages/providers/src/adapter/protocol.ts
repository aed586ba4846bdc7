import type { Json, JsonObject, ModelRequest } from "@brainops/core";
import type { Assembly } from "../shape/assembly.ts";
import type { Framing, WireEvent } from "../wire/events.ts";

/** What a call is encoded with, beside the request. */
export interface EncodeOptions {
  /** The vendor's id of the model. */
  readonly model: string;
  readonly stream: boolean;
}

/** Reads one answer into an {@link Assembly}: either one `whole` body, or its `event`s in order. */
export interface AnswerReader {
  /** Reads a whole body. */
  whole(body: Json): void;
  /** Reads one event of a stream. `data` is its JSON, or nothing when it is none (such as `[DONE]`). */
  event(event: WireEvent, data: Json | undefined): void;
  /** Whether the end marker has been seen. A stream that ends without it was cut. */
  ended(): boolean;
}

/**
 * How one vendor's wire is written and read. It translates and nothing else: no network, no retry, no policy. A
 * reader throws {@link WireError} when the vendor reports an error inside an answer.
 */
export interface Protocol {
  /** Owner of opaque parts, such as `anthropic`. */
  readonly vendor: string;
  readonly framing: Framing;
  encode(request: ModelRequest, options: EncodeOptions): JsonObject;
  reader(into: Assembly): AnswerReader;
}
