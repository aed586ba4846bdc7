import type { Send } from "../adapter/adapter.ts";
import { straightFetch } from "./straight-fetch.ts";

/** Sends by {@link straightFetch}, for servers that need no SDK. */
export function sendByFetch(url: string, headers: { readonly [name: string]: string }): Send {
  return (body, options) =>
    straightFetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...headers,
        ...(options.idempotencyKey === undefined ? {} : { "idempotency-key": options.idempotencyKey }),
      },
      body: JSON.stringify(body),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
}

/** Waits for something shared, but no longer than the caller wants to wait. */
export async function orAborted<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await shared;
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([shared, stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
