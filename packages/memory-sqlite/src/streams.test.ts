import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Store } from "@brainops/core";
import { sqlite } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "brainops-streams-"));
const open: Store[] = [];
const openStore = async (): Promise<Store> => {
  const store = await sqlite({
    file: join(folder, "a.db"),
    key: new Uint8Array(32).fill(7),
    synchronous: "normal",
  }).open();
  open.push(store);
  return store;
};

afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const append = (store: Store, stream: string, at: number, entry: string): Promise<unknown> =>
  store.commit({
    id: `${stream}/${at}/${entry}`,
    writes: [{ type: "append", stream, entries: [entry], expectedPosition: at }],
  });

test("a new stream is found by its name in every process, before and after its name is entered", async () => {
  const [one, other] = [await openStore(), await openStore()];
  const names: string[] = [];
  for (let n = 0; n < 300; n++) {
    const name = `journal/${n}`;
    await append(n % 7 === 0 ? other : one, name, 0, name);
    names.push(name);
    if (n % 50 !== 0) continue;
    for (const store of [one, other]) {
      expect(await store.streams("journal/")).toEqual(names.toSorted());
      expect((await store.stats()).streams).toBe(names.length);
    }
  }
  await expect(append(other, "journal/299", 0, "again")).rejects.toMatchObject({ code: "conflict" });
  await append(other, "journal/299", 1, "more");
  await one.commit({ id: "trim", writes: [{ type: "trim", stream: "journal/299", before: 1 }] });
  expect(await other.read("journal/299")).toEqual([{ position: 1, entry: "more" }]);
  const third = await openStore();
  expect(await third.streams("journal/")).toEqual(names.toSorted());
  for (const name of ["journal/0", "journal/150", "journal/298"])
    expect(await third.read(name)).toEqual([{ position: 0, entry: name }]);
});

test("of a commit that fails no stream is left", async () => {
  const store = await openStore();
  const failing = store.commit({
    id: "failing",
    writes: [
      { type: "append", stream: "journal/lost", entries: ["a"], expectedPosition: 0 },
      { type: "document", key: "there", value: 1, expectedVersion: 9 },
    ],
  });
  await expect(failing).rejects.toMatchObject({ code: "conflict" });
  await append(store, "journal/next", 0, "next");
  expect(await store.position("journal/lost")).toBe(0);
  expect(await store.streams("journal/")).toEqual(["journal/next"]);
});
