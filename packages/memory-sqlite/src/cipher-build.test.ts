import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StoreOpener } from "@brainops/core";
import { storeSuite } from "@brainops/core/testing";
import Database from "libsql";
import { afterAll, describe, expect, test } from "vitest";
import { sqlite, type DatabaseHandle } from "./index.ts";

const key = "a".repeat(64);
const folder = mkdtempSync(join(tmpdir(), "brainops-cipher-"));
let files = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A handle of libsql, all of whose pages are encrypted. */
function openEncrypted(file: string, encryptionKey = "a key for the pages"): DatabaseHandle {
  const options = { encryptionCipher: "aes256cbc", encryptionKey };
  return new Database(file, options as Database.Options);
}

/** Opens a store on a new handle each time, as one that is closed has closed its handle. */
function opener(file: string): StoreOpener {
  return { name: "libsql", open: () => sqlite({ database: openEncrypted(file), key }).open() };
}

describe("a store on an open handle of libsql, encrypted", () => {
  storeSuite({ test, fresh: () => opener(join(folder, `${++files}.db`)), histories: 3 });
});

test("its pages say nothing, not even how many records there are, and another key does not open them", async () => {
  const file = join(folder, "pages.db");
  const store = await opener(file).open();
  await store.commit({ id: "c", writes: [{ type: "document", key: "k", value: 1 }] });
  await store.close();
  const parts = [file, `${file}-wal`].filter((part) => existsSync(part));
  const contents = parts.map((part) => readFileSync(part, "latin1")).join("");
  expect(contents.length).toBeGreaterThan(4096);
  for (const visible of ["SQLite format 3", "create table", "records"]) expect(contents).not.toContain(visible);
  await expect(async () => sqlite({ database: openEncrypted(file, "another"), key }).open()).rejects.toThrow(/./);
  const again = await opener(file).open();
  expect((await again.document("k"))?.value).toBe(1);
  await again.close();
});
