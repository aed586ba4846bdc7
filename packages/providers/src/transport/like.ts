import { BrainOpsError } from "@brainops/core";
import type { Send } from "../adapter/adapter.ts";
import { once } from "./key.ts";
import { sendByFetch } from "./plain.ts";

/** Where a request goes, and what it brings along. */
interface Address {
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
}

/** Lets an SDK make a request and send it by `send`. */
export type MakeRequest = (stream: boolean, send: typeof fetch) => Promise<unknown>;

// About the body of that one request; and what SDKs tell their vendors about themselves, which would not be true.
const dropped = /^(content-length|content-type|host|idempotency-key|x-stainless-.*)$/;

/**
 * Sends as an SDK would: it makes one request for whole answers and one for streams, which are not sent, and whose address
 * and headers (key, version, organisation) are kept. Every call is then a plain fetch, which spares about 100 µs. Only
 * for clients that are made here from a key: one that is handed in may sign each request.
 */
export function sendLike(name: string, make: MakeRequest): Send {
  const learn = (stream: boolean): (() => Promise<Send>) =>
    once(async () => {
      const { url, headers } = await addressOf(name, (send) => make(stream, send));
      return sendByFetch(url, headers);
    });
  const whole = learn(false);
  const streamed = learn(true);
  return async (body, options) => (await (options.stream ? streamed() : whole()))(body, options);
}

async function addressOf(name: string, make: (send: typeof fetch) => Promise<unknown>): Promise<Address> {
  let address: Address | undefined;
  const note: typeof fetch = (input, init) => {
    const request = new Request(input, init);
    const headers = Object.fromEntries([...request.headers].filter(([header]) => !dropped.test(header)));
    address = { url: request.url, headers };
    return Promise.resolve(new Response("{}", { headers: { "content-type": "application/json" } }));
  };
  let failed: unknown;
  try {
    await make(note);
  } catch (cause) {
    failed = cause;
  }
  if (address !== undefined) return address;
  throw (
    failed ?? new BrainOpsError("unsupported", `${name}: the vendor's SDK does not send by the fetch that it is given.`)
  );
}
