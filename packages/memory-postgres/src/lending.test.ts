import { setImmediate as turn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { ClientHandle } from "./handle.ts";
import { makeLending } from "./lending.ts";

/** A pool that makes a client whenever it is asked, and what was done with them. */
function makePool() {
  const released: [name: number, broken: boolean | undefined][] = [];
  let made = 0;
  const connect = (): Promise<ClientHandle> => {
    const name = made++;
    return Promise.resolve({
      query: () => Promise.reject(new Error("nothing is asked here")),
      release: (broken) => void released.push([name, broken]),
    });
  };
  return { pool: { connect, end: () => Promise.resolve() }, released, made: () => made };
}

test("who comes back within a turn gets the client that it gave back; then the pool has it again", async () => {
  const { pool, released, made } = makePool();
  const lending = makeLending(pool);
  for (let i = 0; i < 5; i++) {
    const client = await lending.take();
    lending.giveBack(client, false);
    await turn();
  }
  expect([made(), released]).toEqual([1, []]);
  await turn();
  await turn();
  expect(released).toEqual([[0, false]]);
  await lending.take();
  expect(made()).toBe(2);
});

test("of several one is kept, and none that is broken", async () => {
  const { pool, released } = makePool();
  const lending = makeLending(pool);
  const [first, second, third] = [await lending.take(), await lending.take(), await lending.take()];
  lending.giveBack(third, true);
  lending.giveBack(first, false);
  lending.giveBack(second, false);
  expect(released).toEqual([
    [2, true],
    [1, false],
  ]);
  expect(await lending.take()).toBe(first);
  lending.giveBack(first, true);
  expect(released.at(-1)).toEqual([0, true]);
});

test("a client is not kept from others for longer than a moment, however often it is asked for", async () => {
  const { pool, released, made } = makePool();
  const lending = makeLending(pool);
  const now = vi.spyOn(performance, "now");
  try {
    for (let at = 0; released.length === 0; at += 3) {
      now.mockReturnValue(1000 + at);
      const client = await lending.take();
      lending.giveBack(client, false);
      expect(at).toBeLessThan(30);
    }
    expect(made()).toBe(1);
  } finally {
    now.mockRestore();
  }
});
