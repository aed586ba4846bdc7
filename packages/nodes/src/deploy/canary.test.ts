import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { canary } from "./canary.ts";
import type { Trial } from "./trial.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A release that waits so many milliseconds with an answer, by how many it has given. */
async function release(waits: (given: number) => number): Promise<Trial> {
  let given = 0;
  const server = createServer((_, response) => void setTimeout(() => response.end("well"), waits(given++)));
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, running: () => true, log: () => "", memoryMb: () => 50, stop: () => Promise.resolve(true) };
}

test("a release is slow when it is slow twice, and not when it was for a while", async () => {
  const before = await release(() => 1);
  // Far apart and sure, so that a busy machine neither hides the difference nor makes one.
  const options = { paths: ["/"], requests: 100, width: 25, alpha: 0.001 };
  const beside = async (waits: (given: number) => number): Promise<unknown> =>
    canary(await release(waits), before, options, new AbortController().signal);
  expect(await beside((given) => (given < options.requests ? 80 : 1))).toBeNull();
  expect(await beside(() => 80)).toMatch(/^answers take .* in the median, beside .* before$/);
});
