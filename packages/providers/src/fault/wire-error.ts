import type { ErrorCode, Json } from "@brainops/core";

/**
 * What a protocol throws while it reads an answer. The adapter, which knows the model's name, the headers and what had
 * arrived, makes the error that callers see of it.
 */
export class WireError extends Error {
  override readonly name = "WireError";
  /** The vendor's error body; or, when `code` is given, nothing. */
  readonly body: Json | undefined;
  /** The code, where the protocol knows it better than the body tells. */
  readonly code: ErrorCode | undefined;

  constructor(message: string, options: { readonly body?: Json; readonly code?: ErrorCode }) {
    super(message);
    this.body = options.body;
    this.code = options.code;
  }
}

/** An error that the vendor reported inside its answer. */
export const reported = (body: Json): WireError => new WireError("the vendor reported an error", { body });

/** An answer that does not follow its protocol. */
export const malformed = (what: string): WireError => new WireError(what, { code: "invalid_response" });
