import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Store, Write } from "@brainops/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sqlite } from "./index.ts";

const marker = "XYZZYMARKER";
let folder: string;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "brainops-sealed-"));
  store = await sqlite({ file: join(folder, "brain.db"), key: "a".repeat(64) }).open();
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The files that hold these bytes. */
function filesWith(bytes: Uint8Array | string): string[] {
  return readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(Buffer.from(bytes)));
}

function put(id: string, more: object = {}): Write {
  const m = `${marker} ${id}`;
  return {
    type: "record",
    record: {
      id,
      kind: "insight",
      scope: `acme/${marker}`,
      text: m,
      data: { [m]: m },
      tags: [m],
      thread: m,
      actor: m,
      fingerprint: m,
      importance: 0.5,
      confidence: 1,
      trust: "test",
      subjects: [m],
      provenance: { run: m, evidence: [m] },
      createdAt: 1,
      version: 1,
      ...more,
    },
  };
}

/** Reads straight from the file, as a thief would. */
function steal(sql: string): Uint8Array[] {
  const db = new DatabaseSync(join(folder, "brain.db"), { readOnly: true });
  const rows = db.prepare(sql).all();
  db.close();
  return rows.map((row) => Object.values(row)[0] as Uint8Array);
}

test("nothing that was handed in can be read in any file", async () => {
  await store.commit({
    id: `commit ${marker}`,
    writes: [
      put("a"),
      put("b"),
      { type: "link", link: { from: "a", to: "b", type: "about", reason: marker } },
      { type: "append", stream: `run/${marker}`, entries: [{ [marker]: marker }] },
      { type: "document", key: `doc/${marker}`, value: { [marker]: [marker] } },
      { type: "blob", scope: `acme/${marker}`, id: marker, bytes: Buffer.from(marker.repeat(1000)) },
      { type: "wake", key: marker, at: 1 },
    ],
  });
  for (const form of [marker, marker.toLowerCase(), Buffer.from(marker, "utf16le")])
    expect(filesWith(form)).toEqual([]);
  expect(readdirSync(folder).sort()).toEqual(["brain.db", "brain.db-shm", "brain.db-wal"]);
  await store.close();
  expect(filesWith(marker)).toEqual([]);
});

test("what is erased is gone from the file and its log, even as ciphertext", async () => {
  await store.commit({ id: "c1", writes: [put("a"), put("b"), put("c", { scope: "beta" })] });
  await store.commit({ id: "c2", writes: [put("a", { version: 2, text: "later" })] });
  const bodies = steal("select body from records where id in ('a', 'b')");
  const kept = steal("select body from records where id = 'c'");
  const keys = steal("select wrapped from keys where id = (select key from scopes order by n limit 1)");
  expect(bodies).toHaveLength(2);
  for (const bytes of [...bodies, ...kept, ...keys]) expect(filesWith(bytes)).not.toEqual([]);
  await store.commit({ id: "c3", writes: [{ type: "erase", ids: ["a"] }] });
  expect(filesWith(bodies[0] ?? "")).toEqual([]);
  await store.commit({ id: "c4", writes: [{ type: "erase", scope: "acme" }] });
  for (const bytes of [...bodies, ...keys]) expect(filesWith(bytes)).toEqual([]);
  for (const bytes of kept) expect(filesWith(bytes)).not.toEqual([]);
});

test("a reader that holds the log back only puts off that it is emptied", async () => {
  await store.commit({ id: "c1", writes: [put("a")] });
  const [body] = steal("select body from records");
  const reader = new DatabaseSync(join(folder, "brain.db"));
  reader.exec("begin");
  reader.prepare("select count(*) from records").get();
  await store.commit({ id: "c2", writes: [{ type: "erase", ids: ["a"] }] });
  expect(await store.records(["a"])).toEqual([]);
  reader.exec("commit");
  reader.close();
  await store.commit({ id: "c3", writes: [{ type: "wake", key: "w", at: 1 }] });
  expect(filesWith(body ?? "")).toEqual([]);
});
