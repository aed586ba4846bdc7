// Reads that are asked for together are one statement, and answer as each alone would.
import { isBrainOpsError, type Store, type Write } from "@brainops/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgres } from "./index.ts";
import { hooked, type HookedPool } from "./test-support/hooked.ts";
import { testServer } from "./test-support/server.ts";

const server = testServer("together", 10);
let hooks: HookedPool;
let store: Store;
let statements: string[] = [];
const schema = server.fresh();
const names = Array.from({ length: 80 }, (_, i) => `${i}`);

beforeAll(async () => {
  hooks = hooked(server.pool);
  hooks.before = (text) => void statements.push(text);
  store = await postgres({ pool: hooks, key: "k".repeat(43), schema }).open();
  // Stream 7 has more frames than are read at once of one that is alone, stream 8 than of one among many.
  for (let at = 0; at < 1200; at += 100) await append("7", at, 100);
  await append("8", 0, 50);
  const writes = names
    .filter((name) => Number(name) % 3 === 0)
    .flatMap((name): Write[] => [
      { type: "document", key: name, value: { name } },
      { type: "wake", key: name, at: Number(name), data: { name } },
      { type: "append", stream: name, entries: [{ name }, { name, more: 1 }], expectedPosition: 0 },
    ]);
  await store.commit({ id: "filled", writes });
});

afterAll(() => store.close());

/** Frames of one entry each, in one commit. */
async function append(stream: string, from: number, frames: number): Promise<void> {
  const writes = Array.from({ length: frames }, (_, i): Write => {
    return { type: "append", stream, entries: [{ at: from + i }], expectedPosition: from + i };
  });
  await store.commit({ id: `${stream}-${from}`, writes });
}

/** Asks for all at once; says how many statements that took, and what each gave. */
async function atOnce<T>(read: (name: string) => Promise<T>): Promise<{ readonly sent: number; readonly found: T[] }> {
  statements = [];
  const found = await Promise.all(names.map(read));
  return { sent: statements.length, found };
}

async function oneByOne<T>(read: (name: string) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (const name of names) found.push(await read(name));
  return found;
}

test("documents and wakes that are asked for at once are one statement", async () => {
  for (const read of [(name: string) => store.document(name), (name: string) => store.wake(name)]) {
    const { sent, found } = await atOnce<unknown>(read);
    expect(sent).toBe(1);
    expect(found).toEqual(await oneByOne<unknown>(read));
    expect(found.filter((each) => each !== undefined)).toHaveLength(27);
  }
  const twice = await Promise.all([store.document("3"), store.document("3"), store.document("none")]);
  expect(twice.map((each) => each?.value)).toEqual([{ name: "3" }, { name: "3" }, undefined]);
  expect(twice[0]).not.toBe(twice[1]);
});

test("streams that are asked for at once are few statements, however long they are", async () => {
  const whole = await atOnce((name) => store.read(name));
  expect(whole.found).toEqual(await oneByOne((name) => store.read(name)));
  expect(whole.found[7]?.map(({ entry }) => (entry as { at: number }).at)).toEqual(
    Array.from({ length: 1200 }, (_, i) => i),
  );
  expect(whole.found[8]).toHaveLength(50);
  // Two groups, and the rest of the two that are longer.
  expect(whole.sent).toBe(4);
  const part = (name: string): ReturnType<Store["read"]> =>
    store.read(name, { from: Number(name) % 4, limit: 1 + (Number(name) % 40) });
  expect((await atOnce(part)).found).toEqual(await oneByOne(part));
  expect(await store.read("7", { from: Number.MAX_SAFE_INTEGER })).toEqual([]);
});

test("what is damaged fails its own read only", async () => {
  const [damaged] = (await server.pool.query(`select name from ${schema}.documents order by name limit 1`)).rows as [
    { name: string },
  ];
  await server.pool.query(
    `update ${schema}.documents set body = set_byte(body, 40, get_byte(body, 40) # 1) where name = $1`,
    [damaged.name],
  );
  const settled = await Promise.allSettled(names.map((name) => store.document(name)));
  const failed = settled.filter((each) => each.status === "rejected");
  expect(failed.map(({ reason }) => isBrainOpsError(reason, "store_corrupt"))).toEqual([true]);
});

test("when the statement fails all who asked are told, and the next is asked anew", async () => {
  hooks.before = (text) => {
    if (text.includes("wakes")) throw Object.assign(new Error("no"), { code: "42501" });
  };
  const settled = await Promise.allSettled(names.map((name) => store.wake(name)));
  expect(settled.every((each) => each.status === "rejected" && isBrainOpsError(each.reason))).toBe(true);
  hooks.before = () => undefined;
  expect(await store.wake("3")).toMatchObject({ at: 3 });
});
