// A service with real parameters: requests wait for one of `pool` workers, which take up to `batch` of them at once after
// waiting `linger` for more to come.
import { createServer, type Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** How the service works. */
export interface PoolSettings {
  readonly pool: number;
  readonly batch: number;
  /** Milliseconds. */
  readonly linger: number;
}

/** A running {@link poolService}. */
export interface PoolService {
  set(settings: PoolSettings): void;
  /** Milliseconds from the first request to the last answer of a rush. */
  rush(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Listens on loopback. A batch takes time that grows with its size and with the number of workers, as when they fight over
 * one disk: small batches pay the beginning of each, large ones wait for their last, and the best of one parameter depends
 * on the others. What is measured is as noisy as the machine.
 */
export async function poolService(): Promise<PoolService> {
  let settings: PoolSettings = { pool: 1, batch: 1, linger: 0 };
  let busy = 0;
  let waiting: (() => void)[] = [];

  async function work(): Promise<void> {
    if (busy >= settings.pool) return;
    busy += 1;
    if (waiting.length < settings.batch && settings.linger > 0) await delay(settings.linger);
    while (waiting.length > 0) {
      const batch = waiting.slice(0, settings.batch);
      waiting = waiting.slice(settings.batch);
      await delay(3 + 0.05 * settings.pool ** 2 + 0.03 * batch.length ** 2);
      for (const done of batch) done();
    }
    busy -= 1;
  }

  const server: Server = createServer((_request, response) => {
    waiting.push(() => response.end("done"));
    void work();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
  return {
    set(next) {
      settings = next;
    },
    async rush() {
      const started = performance.now();
      await Promise.all(Array.from({ length: 32 }, async () => (await fetch(url)).text()));
      return performance.now() - started;
    },
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}
