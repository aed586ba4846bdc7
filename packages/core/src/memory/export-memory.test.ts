import type { MemoryRecord, Store, Write } from "@brainops/core";
import { exportMemory, importMemory } from "@brainops/core/memory";
import { memoryStore } from "@brainops/core/testing";
import { beforeEach, expect, test } from "vitest";

let store: Store;

function put(id: string, more: Partial<MemoryRecord> = {}): Write {
  return {
    type: "record",
    record: {
      id,
      kind: "solution",
      scope: "acme/shop",
      text: `text of ${id}\u2028 "ü"\n`,
      data: { nested: [1, { deep: null }] },
      tags: ["t"],
      thread: "th",
      sequence: 3,
      actor: "Ann",
      importance: 0.25,
      confidence: 0.5,
      trust: "person",
      validFrom: 5,
      validTo: 9,
      subjects: ["bob"],
      provenance: { run: "r", evidence: ["e"] },
      fingerprint: "f",
      createdAt: 1000,
      version: 1,
      ...more,
    },
  };
}

async function linesOf(from: Store, scope: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportMemory(from, scope)) lines.push(line);
  return lines;
}

async function* pieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

beforeEach(async () => {
  store = await memoryStore().open();
  await store.commit({
    id: "c",
    writes: [
      ...Array.from({ length: 450 }, (_, i) => put(`r${i}`, { createdAt: 1000 + (i % 7) })),
      put("r7", { version: 2, text: "changed" }),
      put("r7", { version: 3, text: "changed again" }),
      put("other", { scope: "beta" }),
      { type: "count", id: "r7", counter: "tries", by: 5 },
      { type: "count", id: "r7", counter: "successes", by: 2 },
      { type: "link", link: { from: "r7", to: "r8", type: "solved-by", reason: "because" } },
      { type: "link", link: { from: "r7", to: "other", type: "about" } },
    ],
  });
});

test("what is exported and imported is equal, however the lines arrive", async () => {
  const lines = await linesOf(store, "acme");
  for (const size of [7, 100_000]) {
    const copy = await memoryStore().open();
    expect(await importMemory(copy, pieces(lines.join(""), size))).toEqual({ scope: "acme", records: 450, links: 1 });
    expect(await copy.find({ scope: "acme" }, { limit: 1000 })).toEqual(
      await store.find({ scope: "acme" }, { limit: 1000 }),
    );
    expect(await copy.links("r7")).toEqual([{ from: "r7", to: "r8", type: "solved-by", reason: "because" }]);
    expect(await copy.records(["other"])).toEqual([]);
    expect((await linesOf(copy, "acme")).slice(1)).toEqual(lines.slice(1));
  }
});

test("importing twice, or after a break, is importing once", async () => {
  const text = (await linesOf(store, "acme")).join("");
  const copy = await memoryStore().open();
  const broken = async function* (): AsyncGenerator<string> {
    yield text.slice(0, text.length / 2);
    throw new Error("the cable was pulled");
  };
  await expect(importMemory(copy, broken())).rejects.toThrow("cable");
  await importMemory(copy, pieces(text, 5000));
  await importMemory(copy, pieces(text, 300));
  expect((await copy.records(["r7"]))[0]).toEqual((await store.records(["r7"]))[0]);
  expect((await copy.stats()).records.solution).toBe(450);
});

test("another record with the same id is a conflict, and stays as it is", async () => {
  const text = (await linesOf(store, "acme")).join("");
  const copy = await memoryStore().open();
  await copy.commit({ id: "mine", writes: [put("r3", { text: "mine" })] });
  await expect(importMemory(copy, pieces(text, 5000))).rejects.toMatchObject({ code: "conflict" });
  expect((await copy.records(["r3"]))[0]?.record.text).toBe("mine");
});

test.each(["", "{", "[]", '{"a":1}', "null\n", '{"record":{"id":"x"},"counters":{}}'])(
  "%j is refused",
  async (text) => {
    await expect(importMemory(store, pieces(text, 10))).rejects.toMatchObject({ code: "invalid_input" });
  },
);

test("an export that was cut off is refused, and the whole one goes on from there", async () => {
  const lines = await linesOf(store, "acme");
  for (const cut of [lines.slice(0, -1), lines.slice(0, 1), lines.toSpliced(20, 1)]) {
    const other = await memoryStore().open();
    await expect(importMemory(other, pieces(cut.join(""), 1000))).rejects.toMatchObject({ code: "invalid_input" });
  }
  const whole = await memoryStore().open();
  await expect(importMemory(whole, pieces(lines.slice(0, 300).join(""), 1000))).rejects.toThrow(
    /not whole: it ends with line 300/,
  );
  expect(await importMemory(whole, pieces(lines.join(""), 1000))).toEqual({ scope: "acme", records: 450, links: 1 });
  expect((await linesOf(whole, "acme")).slice(1).sort()).toEqual(lines.slice(1).sort());
});
