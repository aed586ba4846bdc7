// A service with a real parameter: jobs wait for one of `pool` workers, and each worker costs memory and switching.
import { createServer, type Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** A running {@link poolService}. */
export interface PoolService {
  /** Sets the size of the pool. */
  resize(pool: number): void;
  /** Milliseconds from the first request to the last answer of a small rush. */
  rush(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Listens on loopback. A job takes time that grows with the size of the pool, as when workers fight over one disk; so
 * there is a best size between one and many, and what is measured is as noisy as the machine.
 */
export async function poolService(): Promise<PoolService> {
  let pool = 1;
  let busy = 0;
  const waiting: (() => void)[] = [];
  async function job(): Promise<void> {
    while (busy >= pool) await new Promise<void>((resolve) => waiting.push(resolve));
    busy += 1;
    await delay(1 + 0.08 * pool * pool);
    busy -= 1;
    waiting.shift()?.();
  }
  const server: Server = createServer((_request, response) => void job().then(() => response.end("done")));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
  return {
    resize(size) {
      pool = Math.round(size);
    },
    async rush() {
      const started = performance.now();
      await Promise.all(Array.from({ length: 12 }, async () => (await fetch(url)).text()));
      return performance.now() - started;
    },
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}
