import { request } from "node:http";
import { request as requestSecurely } from "node:https";
import { clip } from "../text.ts";

/** What a server answered. */
export interface HttpAnswer {
  readonly status: number;
  /** At most 2,000 characters. */
  readonly body: string;
  /** Milliseconds from the request to the end of the answer. */
  readonly ms: number;
}

/**
 * Asks once, on a connection of its own, so that a restarted server is not spoken to through an old one. Throws with
 * a short reason in words when there is no answer.
 */
export function httpGet(
  url: string,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const ask = url.startsWith("https:") ? requestSecurely : request;
    const call = ask(
      url,
      { agent: false, ...(options.signal === undefined ? {} : { signal: options.signal }) },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          if (body.length < 2_000) body += chunk;
        });
        response.on("error", fail);
        response.on("end", () => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, body: clip(body, 2_000), ms: performance.now() - started });
        });
      },
    );
    // Timers come before what has arrived meanwhile: where this process was kept waiting, the answer is looked for first.
    const timer = setTimeout(
      () => setImmediate(() => call.destroy(new Error(`no answer within ${options.timeoutMs} ms`))),
      options.timeoutMs,
    );
    function fail(error: Error): void {
      clearTimeout(timer);
      reject(new Error(reason(error), { cause: error }));
    }
    call.on("socket", (socket) =>
      socket.once("connect", () => {
        // Where nobody listens on a port for outgoing connections, one may be made to itself.
        if (socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress)
          call.destroy(new Error("connection refused"));
      }),
    );
    call.on("error", fail);
    call.end();
  });
}

function reason(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (code === "ECONNREFUSED") return "connection refused";
  if (code === "ECONNRESET") return "connection reset";
  return error.message || code || "no answer";
}
