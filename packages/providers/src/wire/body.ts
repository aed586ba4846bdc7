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

/** A body that is read piece by piece. Plain calls, not generators: each of those would cost every part of a stream. */
interface Pieces {
  /** The next piece, or nothing at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Ends the connection, unless the body was read to its end. */
  close(): void;
}

/** Opens a body. Reading lets go at once when the signal fires, even if the transport below does not know the signal. */
function open(body: ReadableStream<Uint8Array> | null, signal: AbortSignal | undefined): Pieces {
  const reader = body?.getReader();
  let done = false;
  // Not awaited: a hanging peer must not hold the caller. A read that waits ends with it.
  const stop = (): void => void reader?.cancel().catch(() => undefined);
  signal?.addEventListener("abort", stop, { once: true });
  const check = (): void => {
    if (signal?.aborted === true) throw abortedError();
  };
  return {
    async next() {
      check();
      const piece = await reader?.read();
      check();
      if (piece === undefined || piece.done) done = true;
      return piece?.value;
    },
    close() {
      signal?.removeEventListener("abort", stop);
      if (!done) stop();
    },
  };
}

/** A body's events, in the groups in which they arrive. */
export interface EventSource {
  /** The next group, or nothing at the end. */
  next(): Promise<readonly WireEvent[] | undefined>;
  /** Has to be called when the reading is over, however it ended. */
  close(): void;
}

/** Opens a body as events. */
export function eventSource(
  body: ReadableStream<Uint8Array> | null,
  framing: Framing,
  options: ReadOptions,
): EventSource {
  const parser = eventParser(framing, options.maxBytes);
  const pieces = open(body, options.signal);
  let ended = false;
  return {
    async next() {
      while (!ended) {
        const piece = await pieces.next();
        ended = piece === undefined;
        const events = piece === undefined ? parser.end() : parser.push(piece);
        if (events.length > 0) return events;
      }
      return undefined;
    },
    close: () => pieces.close(),
  };
}

/** Reads a body as text. With `lossy`, bytes that are no UTF-8 are replaced and bytes beyond the limit are dropped. */
export async function readText(
  body: ReadableStream<Uint8Array> | null,
  options: ReadOptions,
  lossy = false,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const pieces = open(body, options.signal);
  try {
    for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) {
      size += piece.length;
      if (size > options.maxBytes) {
        if (lossy) break;
        throw tooLarge(options.maxBytes);
      }
      parts.push(piece);
    }
  } finally {
    pieces.close();
  }
  try {
    return new TextDecoder("utf-8", { fatal: !lossy }).decode(Buffer.concat(parts));
  } catch (cause) {
    throw new BrainOpsError("invalid_response", "The answer is not UTF-8 text.", { cause });
  }
}
