import { isBrainOpsError, type BrainOpsError, type ModelRequest, type StreamPart } from "@brainops/core";
import type { VirtualClock } from "@brainops/core/testing";

/** A request that asks for nothing in particular. */
export const ask: ModelRequest = { messages: [{ role: "user", content: "Tell me." }] };

/** Lets the clock run, from sleeper to sleeper, until the promise is settled. */
export async function play<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let over = false;
  const settled = (): void => {
    over = true;
  };
  promise.then(settled, settled);
  while (!over) await clock.next();
  return await promise;
}

/** All parts of a stream. */
export async function heard(stream: AsyncIterable<StreamPart>): Promise<StreamPart[]> {
  const parts: StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

/** The error with which something fails. */
export async function failureOf(run: Promise<unknown>): Promise<BrainOpsError> {
  const error: unknown = await run.then(
    () => new Error("it answered"),
    (cause: unknown) => cause,
  );
  if (!isBrainOpsError(error)) throw error;
  return error;
}
