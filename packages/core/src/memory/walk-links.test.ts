import { memoryStore } from "@brainops/core/testing";
import { walkLinks, type LinkType, type MemoryRecord, type Store, type Write } from "@brainops/core";
import { beforeEach, expect, test } from "vitest";

let store: Store;

function put(id: string, more: Partial<MemoryRecord> = {}): Write {
  return {
    type: "record",
    record: {
      id,
      kind: "experience",
      scope: "acme",
      text: id,
      data: {},
      tags: [],
      importance: 0.5,
      confidence: 1,
      trust: "test",
      subjects: [],
      provenance: {},
      createdAt: 1,
      version: 1,
      ...more,
    },
  };
}

function link(from: string, to: string, type: LinkType = "derived-from"): Write {
  return { type: "link", link: { from, to, type, reason: `${from} ${to}` } };
}

async function walk(
  ...args: Parameters<typeof walkLinks> extends [Store, ...infer Rest] ? Rest : never
): Promise<unknown> {
  return (await walkLinks(store, ...args)).map(({ record, depth }) => `${record.id}${depth}`);
}

beforeEach(async () => {
  store = await memoryStore().open();
  await store.commit({
    id: "c",
    writes: [
      put("insight", { kind: "insight" }),
      put("learning", { kind: "learning", provenance: { evidence: ["e3", "https://example.org/outside"] } }),
      put("e1"),
      put("e2", { scope: "acme/shop" }),
      put("e3"),
      put("elsewhere", { scope: "beta" }),
      put("behind"),
      link("insight", "learning"),
      link("learning", "e1"),
      link("learning", "e2"),
      link("e1", "insight", "about"),
      link("learning", "elsewhere"),
      link("elsewhere", "behind"),
    ],
  });
});

test("goes along the arrows, nearest first, each once, in circles too", async () => {
  expect(await walk("acme", "insight")).toEqual(["learning1", "e12", "e22", "e32"]);
  expect(await walk("acme", "insight", { depth: 1 })).toEqual(["learning1"]);
  expect(await walk("acme", "insight", { limit: 2 })).toEqual(["learning1", "e12"]);
});

test("tells the way, with reasons", async () => {
  const [, e1] = await walkLinks(store, "acme", "insight");
  expect(e1?.way.map(({ reason }) => reason)).toEqual(["insight learning", "learning e1"]);
});

test("goes against the arrows, and both ways", async () => {
  expect(await walk("acme", "e1", { direction: "to" })).toEqual(["learning1", "insight2"]);
  expect(await walk("acme", "e1", { direction: "both", depth: 1 })).toEqual(["insight1", "learning1"]);
});

test("keeps to types and kinds, but walks through other kinds", async () => {
  expect(await walk("acme", "insight", { kinds: ["experience"] })).toEqual(["e12", "e22", "e32"]);
  expect(await walk("acme", "e1", { types: ["about"] })).toEqual(["insight1"]);
  expect(await walk("acme", "learning", { evidence: false })).toEqual(["e11", "e21", "insight2"]);
});

test("never leaves its scope, and reaches nothing from outside of it", async () => {
  expect(await walk("acme/shop", "learning")).toEqual([]);
  expect(await walk("beta", "elsewhere")).toEqual([]);
  expect(await walk("acme", "nowhere")).toEqual([]);
  await expect(walkLinks(store, "", "e1")).rejects.toMatchObject({ code: "invalid_input" });
});
