import { expect, test } from "vitest";
import { eventSource, readText } from "./body.ts";

/** A body that never brings anything, and notes whether it was given up. */
function hanging(): { readonly body: ReadableStream<Uint8Array>; readonly cancelled: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { body: new ReadableStream<Uint8Array>({ cancel: () => resolve() }), cancelled: promise };
}

test("an abort ends a read of a body that does not know the signal, and gives the body up", async () => {
  for (const read of [
    (body: ReadableStream<Uint8Array>, signal: AbortSignal) => readText(body, { signal, maxBytes: 100 }),
    (body: ReadableStream<Uint8Array>, signal: AbortSignal) =>
      eventSource(body, "sse", { signal, maxBytes: 100 }).next(),
  ]) {
    const { body, cancelled } = hanging();
    const stopper = new AbortController();
    const reading = read(body, stopper.signal);
    stopper.abort();
    await expect(reading).rejects.toMatchObject({ code: "aborted" });
    await cancelled;
  }
});

test("a reader that leaves early gives the body up", async () => {
  const { body, cancelled } = hanging();
  eventSource(body, "ndjson", { signal: undefined, maxBytes: 100 }).close();
  await expect(cancelled).resolves.toBeUndefined();
});

test("a body that was read to its end is whole, or cut at the limit when it may be", async () => {
  const body = (): ReadableStream<Uint8Array> | null => new Response("a".repeat(50)).body;
  expect(await readText(body(), { signal: undefined, maxBytes: 50 })).toHaveLength(50);
  await expect(readText(body(), { signal: undefined, maxBytes: 49 })).rejects.toMatchObject({
    code: "invalid_response",
  });
  expect((await readText(body(), { signal: undefined, maxBytes: 49 }, true)).length).toBeLessThanOrEqual(49);
  expect(await readText(null, { signal: undefined, maxBytes: 1 })).toBe("");
});
