import type { Json, JsonObject, ModelRequest, ModelResponse, StreamPart } from "@brainops/core";
import type { Fault } from "./faults.ts";

/** A request of a client, understood. */
export interface Heard {
  readonly request: ModelRequest;
  /** What the client calls the model. */
  readonly model: string;
  readonly stream: boolean;
}

/** How one vendor's clients are listened to and answered. */
export interface Dialect {
  read(body: JsonObject): Heard;
  whole(response: ModelResponse, id: string): JsonObject;
  error(fault: Fault): JsonObject;
  /** Says a stream in events, part by part. */
  stream(id: string, body: JsonObject): StreamWriter;
}

/** Says one stream. Each call gives the text of the events that tell what happened. */
export interface StreamWriter {
  begin(): string;
  part(part: Exclude<StreamPart, { type: "finish" | "discard" }>): string;
  end(response: ModelResponse): string;
  fail(fault: Fault): string;
}

/** Who answered, and after how many tries, for those who want to know. */
export const answeredBy = (response: ModelResponse): JsonObject => ({
  model: response.model.name,
  attempts: (response.attempts ?? []).map(({ model, outcome, ms, error }): Json => ({
    model,
    outcome,
    ms,
    ...(error === undefined ? {} : { code: error.code }),
  })),
});
