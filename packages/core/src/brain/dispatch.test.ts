import { expect, test } from "vitest";
import { storeDispatch, type Store, type Ticket, type Write } from "../index.ts";
import { memoryStore } from "../testing/index.ts";

const about = { graph: "g", version: "1", fingerprint: "f", scope: "s" };
const request = { graphs: [{ name: "g", fingerprint: "f" }], now: 1000, signal: new AbortController().signal };

/** Runs that wait, each in a scope, at times that grow. */
async function waiting(scopes: readonly string[]): Promise<Store> {
  const store = await memoryStore().open();
  const writes = scopes.map((scope, i): Write => ({
    type: "wake",
    key: `run/${i}`,
    at: i,
    data: { ...about, scope },
    queue: { name: "f/0", lane: scope },
  }));
  await store.commit({ id: "all", writes });
  return store;
}

const scopesOf = (tickets: readonly Ticket[]): string[] => tickets.map(({ scope }) => scope);

test.each([1, 3, 8, 20])("looks for %i find them, wherever the look before has ended", async (limit) => {
  const store = await waiting(["many", "many", "a", "b", "many", "c", "c", "d", "many", "many", "e", "many"]);
  const dispatch = storeDispatch(store);
  const given = new Map<string, number>();
  for (let i = 0; i < 30; i++) {
    const found = await dispatch.take({ ...request, limit, except: new Set() });
    expect(found).toHaveLength(Math.min(limit, 12));
    for (const scope of scopesOf(found)) given.set(scope, (given.get(scope) ?? 0) + 1);
  }
  // Each has its turn, however many the others are.
  expect(new Set(given.keys()).size).toBe(6);
  const [least, most] = [Math.min(...given.values()), Math.max(...given.values())];
  if (limit <= 3) expect(most - least).toBeLessThanOrEqual(limit);
});

test("a look passes by what is not for it, however deep it lies", async () => {
  const store = await waiting([...Array.from({ length: 300 }, () => "many"), "few"]);
  const except = new Set(Array.from({ length: 299 }, (_, i) => String(i)));
  const found = await storeDispatch(store).take({ ...request, limit: 5, except });
  expect(found.map(({ run }) => run).toSorted()).toEqual(["299", "300"]);
});

test("the scopes of several graphs have their turns together", async () => {
  const store = await waiting(["many", "many", "many", "many"]);
  const data = { ...about, graph: "h", fingerprint: "h", scope: "few" };
  const queue = { name: "h/0", lane: "few" };
  await store.commit({ id: "few", writes: [{ type: "wake", key: "run/few", at: 999, data, queue }] });
  const dispatch = storeDispatch(store);
  const graphs = [{ name: "g", fingerprint: "f" }, { name: "h" }];
  const looks = [];
  for (let i = 0; i < 2; i++) looks.push(...(await dispatch.take({ ...request, graphs, limit: 1, except: new Set() })));
  expect(scopesOf(looks)).toEqual(["many", "few"]);
});
