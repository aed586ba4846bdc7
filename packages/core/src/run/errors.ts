import { BrainOpsError, isBrainOpsError, type ErrorCode } from "../contracts/error.ts";
import type { ErrorValue } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { erasedError } from "../journal/erased.ts";

/** An error as it stands in a journal. */
export type JournaledError = ErrorValue;

/** Turns whatever was thrown into what a journal keeps. */
export function toErrorValue(error: unknown, fallback: ErrorCode): JournaledError {
  if (isBrainOpsError(error)) {
    const details = plain(error.details);
    return { code: error.code, message: wellFormed(error.message), ...(details === undefined ? {} : { details }) };
  }
  if (error instanceof Error) return { code: fallback, message: wellFormed(`${error.name}: ${error.message}`) };
  return { code: fallback, message: wellFormed(String(error)) };
}

/** Turns what a journal kept back into an error; live and replayed code get the same one. */
export function fromErrorValue(value: JournaledError, cause?: unknown): BrainOpsError {
  return new BrainOpsError(value.code, value.message, {
    ...(cause === undefined ? {} : { cause }),
    ...(value.details === undefined ? {} : { details: value.details as { [key: string]: Json } }),
  });
}

/** How a run stops that needs a value which has been erased. */
export function stoppedByErasure(position: number): { readonly kind: "failed"; readonly error: JournaledError } {
  return { kind: "failed", error: toErrorValue(erasedError(position), "erased") };
}

/** A message that was cut off within a character must not keep a run from being journaled. */
const wellFormed = (text: string): string => text.toWellFormed();

function plain(details: { readonly [key: string]: Json | undefined }): Json | undefined {
  if (Object.keys(details).length === 0) return undefined;
  try {
    return JSON.parse(JSON.stringify(details), (_, value: unknown) =>
      typeof value === "string" ? wellFormed(value) : value,
    ) as Json;
  } catch {
    return undefined;
  }
}
