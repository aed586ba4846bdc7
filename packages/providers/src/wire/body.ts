import { BrainOpsError } from "@brainops/core";
import { eventParser, type Framing, type WireEvent } from "./events.ts";
import { tooLarge } from "./lines.ts";

/** What reading a body needs to know. */
export interface ReadOptions {
  readonly signal: AbortSignal | undefined;
  readonly maxBytes: number;
}

/** The error of a caller that asked to stop. */
export const abortedError = (): BrainOpsError =>
  new BrainOpsError("aborted", "The caller asked to stop before the model had answered.");

/**
 * The pieces of a body as they come. Ends its connection when the reader stops early, and lets go at once when the
 * signal fires, even if the transport below does not know the signal.
 */
async function* pieces(body: ReadableStream<Uint8Array> | null, options: ReadOptions): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  const { signal } = options;
  const stopped = Promise.withResolvers<never>();
  stopped.promise.catch(() => undefined);
  const stop = (): void => stopped.reject(abortedError());
  signal?.addEventListener("abort", stop, { once: true });
  let done = false;
  try {
    for (;;) {
      if (signal?.aborted === true) throw abortedError();
      const next = await (signal === undefined ? reader.read() : Promise.race([reader.read(), stopped.promise]));
      done = next.done;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    // Not awaited: a hanging peer must not hold the caller.
    if (!done) reader.cancel().catch(() => undefined);
  }
}

/** Reads a body's events, in the groups in which they arrive. */
export async function* readEvents(
  body: ReadableStream<Uint8Array> | null,
  framing: Framing,
  options: ReadOptions,
): AsyncGenerator<readonly WireEvent[]> {
  const parser = eventParser(framing, options.maxBytes);
  for await (const piece of pieces(body, options)) {
    const events = parser.push(piece);
    if (events.length > 0) yield events;
  }
  const last = parser.end();
  if (last.length > 0) yield last;
}

/** Reads a body as text. With `lossy`, bytes that are no UTF-8 are replaced and bytes beyond the limit are dropped. */
export async function readText(
  body: ReadableStream<Uint8Array> | null,
  options: ReadOptions,
  lossy = false,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces(body, options)) {
    size += piece.length;
    if (size > options.maxBytes) {
      if (lossy) break;
      throw tooLarge(options.maxBytes);
    }
    parts.push(piece);
  }
  try {
    return new TextDecoder("utf-8", { fatal: !lossy }).decode(Buffer.concat(parts));
  } catch (cause) {
    throw new BrainOpsError("invalid_response", "The answer is not UTF-8 text.", { cause });
  }
}
