import { Agent, request } from "node:http";

/** One answer, as far as it is compared. */
export interface Answer {
  /** Milliseconds to the end of the answer. */
  readonly ms: number;
  /** `null` when there was none. */
  readonly status: number | null;
}

/** Asks one server over connections that are kept open. */
export interface Client {
  get(path: string): Promise<Answer>;
  /** Closes its connections. */
  close(): void;
}

/** Makes a {@link Client}. What takes longer than `timeoutMs` is no answer. */
export function client(url: string, timeoutMs: number): Client {
  const agent = new Agent({ keepAlive: true });
  return {
    get: (path) =>
      new Promise((resolve) => {
        const started = performance.now();
        const done = (status: number | null): void => resolve({ ms: performance.now() - started, status });
        const call = request(new URL(path, url), { agent, timeout: timeoutMs }, (response) => {
          response.resume();
          response.on("end", () => done(response.statusCode ?? null));
          response.on("error", () => done(null));
        });
        call.on("timeout", () => call.destroy());
        call.on("error", () => done(null));
        call.end();
      }),
    close: () => agent.destroy(),
  };
}

/** Calls `each` with 0, 1, … up to `count`, `width` of them at a time, until `enough` says so. */
export async function spread(
  count: number,
  width: number,
  each: (index: number) => Promise<void>,
  enough: () => boolean,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count && !enough()) await each(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
