import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BrainOpsError, type Brain, type Worker } from "@brainops/core";

/** What the endpoint tells of. */
export interface Served {
  readonly brain: Brain;
  readonly worker: Worker;
  /** 0: a free one. */
  readonly port: number;
  /** Aborted when it is to stop. */
  readonly stopping: AbortSignal;
  /** Stands in every answer. */
  readonly about: { readonly [name: string]: unknown };
}

/** The endpoint, listening. */
export interface HealthEndpoint {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Answers `GET /health` on 127.0.0.1. What was set aside does not make it ill: the others go on. Throws `invalid_input`
 * when the port is taken.
 */
export async function serveHealth({ brain, worker, port, stopping, about }: Served): Promise<HealthEndpoint> {
  // Whoever is slow to ask, or asks at length, holds a connection for a moment only; nobody is read a body from.
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    // A page in a browser may reach loopback under a name of its own; it is not to read what runs here.
    if (!isLoopback(request.headers.host)) return answer(response, 403, { error: "Ask 127.0.0.1 by its address." });
    if (request.url !== "/health") return answer(response, 404, { error: "There is only /health." });
    if (request.method !== "GET") return answer(response, 405, { error: "Only GET is answered." });
    look().then(
      (health) => answer(response, health.ok ? 200 : 503, health),
      (error: unknown) => answer(response, 503, { ok: false, error: String(error) }),
    );
  });

  async function look(): Promise<{ readonly ok: boolean; readonly [key: string]: unknown }> {
    const state = { ...about, running: worker.running, stopping: stopping.aborted };
    // While it stops, the store may be closed at any moment.
    if (stopping.aborted) return { ok: false, ...state };
    const [health, setAside] = await Promise.all([brain.health(), brain.setAside()]);
    const { trouble } = worker;
    const why = trouble === undefined ? {} : { trouble: trouble instanceof Error ? trouble.message : "unknown" };
    return { ...health, ok: health.ok && trouble === undefined, ...state, ...why, setAside };
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new BrainOpsError("invalid_input", `Port ${port} cannot be listened on: ${cause.message}. Give another.`, {
          cause,
        }),
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}/health`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isLoopback(host = ""): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(host);
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
}
