import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store, Write } from "@brainops/core";
import { storeSuite } from "@brainops/core/testing";
import { afterAll, describe, expect, test } from "vitest";
import { logStore } from "./log-store.ts";

const folder = mkdtempSync(join(tmpdir(), "brainops-custom-memory-"));
let files = 0;
const newFile = (): string => join(folder, `${files++}.jsonl`);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a store of one's own", () => {
  storeSuite({
    test,
    fresh: () => logStore(newFile()),
    crash: () => {
      const file = newFile();
      return {
        opener: () => logStore(file),
        code: `import { logStore } from "./log-store.ts"; const opener = logStore(${JSON.stringify(file)});`,
        cwd: import.meta.dirname,
      };
    },
  });
});

const entry: Write = { type: "append", stream: "s", entries: ["kept"] };

async function inNewProcess<T>(file: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await logStore(file).open();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

test("another process finds what the first one wrote, and a torn line hurts nobody", async () => {
  const file = newFile();
  const bytes = new Uint8Array([1, 2, 255]);
  await inNewProcess(file, (store) =>
    store.commit({ id: "c1", writes: [entry, { type: "blob", scope: "acme", id: "b", bytes }] }),
  );
  appendFileSync(file, '{"id":"c2","writes":[{"type":"app');
  const again = await inNewProcess(file, async (store) => {
    await store.commit({ id: "c1", writes: [entry] });
    await store.commit({ id: "c2", writes: [entry] });
    return [await store.position("s"), await store.blob("acme", "b")];
  });
  expect(again).toEqual([2, bytes]);
  expect(await inNewProcess(file, (store) => store.position("s"))).toBe(2);
});

test("what is taken out of an entry is not in the file any more, and the entry stays", async () => {
  const file = newFile();
  const entries = [
    { n: 1, text: "marker one" },
    { n: 2, text: "marker two" },
  ];
  const left = await inNewProcess(file, async (store) => {
    await store.commit({ id: "c1", writes: [{ type: "append", stream: "s", entries }] });
    await store.commit({ id: "c2", writes: [{ type: "redact", stream: "s", positions: [1], members: ["text"] }] });
    return store.read("s");
  });
  expect(left.map(({ entry: kept }) => kept)).toEqual([entries[0], { n: 2 }]);
  expect(readFileSync(file, "utf8")).toContain("marker one");
  expect(readFileSync(file, "utf8")).not.toContain("marker two");
  expect(await inNewProcess(file, (store) => store.read("s"))).toEqual(left);
});

test("what is erased is not in the file any more", async () => {
  const file = newFile();
  const put = (id: string, version: number, text: string, subject: string): Write => ({
    type: "record",
    record: {
      id,
      kind: "learning",
      scope: "acme",
      text,
      data: {},
      tags: [],
      importance: 0.5,
      confidence: 1,
      trust: "person",
      subjects: [subject],
      provenance: {},
      createdAt: 1,
      version,
    },
  });
  await inNewProcess(file, async (store) => {
    await store.commit({ id: "c1", writes: [put("a", 1, "secret one", "ann"), put("b", 1, "harmless", "bob")] });
    await store.commit({ id: "c2", writes: [put("a", 2, "secret two", "ann")] });
    await store.commit({
      id: "c3",
      writes: [{ type: "link", link: { from: "a", to: "b", type: "about", reason: "secret" } }],
    });
    await store.commit({ id: "c4", writes: [{ type: "erase", subject: "ann" }, put("a", 1, "begun again", "bob")] });
  });
  expect(readFileSync(file, "utf8")).not.toContain("secret");
  const texts = await inNewProcess(file, async (store) =>
    (await store.records(["a", "b"])).map(({ record }) => [record.text, record.version]),
  );
  expect(texts).toEqual([
    ["begun again", 1],
    ["harmless", 1],
  ]);
});
