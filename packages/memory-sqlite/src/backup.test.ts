import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Store } from "@brainops/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backup, restore, sqlite } from "./index.ts";

const key = "a".repeat(64);
let folder: string;
let file: string;
let to: string;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "brainops-backup-"));
  file = join(folder, "brain.db");
  to = join(folder, "copy.db");
  store = await sqlite({ file, key, synchronous: "normal" }).open();
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function write(i: number): Promise<void> {
  await store.commit({
    id: `c${i}`,
    writes: [
      { type: "append", stream: "s", entries: [{ i, filler: "x".repeat(2000) }], expectedPosition: i },
      { type: "document", key: "last", value: i },
    ],
  });
}

test("a copy made while the store is written to is the store at one moment", async () => {
  for (let i = 0; i < 1000; i++) await write(i);
  const shares: number[] = [];
  let copied = false;
  const copying = backup({ file, to, progress: (share) => shares.push(share) }).then(() => (copied = true));
  let written = 1000;
  while (!copied && written < 3000) {
    await write(written++);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await copying;
  expect(shares.at(-1)).toBe(1);
  const copy = await sqlite({ file: to, key }).open();
  const length = await copy.position("s");
  expect(length).toBeGreaterThanOrEqual(1000);
  expect(length).toBeLessThanOrEqual(written);
  expect(statSync(to).mode & 0o777).toBe(0o600);
  expect((await copy.document("last"))?.value).toBe(length - 1);
  expect(await copy.read("s")).toEqual((await store.read("s")).slice(0, length));
  await copy.commit({ id: "on", writes: [{ type: "append", stream: "s", entries: ["on"], expectedPosition: length }] });
  await copy.close();
  expect(readdirSync(folder).filter((name) => name.includes("part"))).toEqual([]);
});

test("a copy, and a restore, that is stopped leaves nothing behind", async () => {
  const stopper = new AbortController();
  const stopped = { code: "aborted" };
  const stop = { signal: stopper.signal, progress: () => stopper.abort() };
  await expect(backup({ file, to, ...stop })).rejects.toMatchObject(stopped);
  await expect(restore({ from: file, to, key, ...stop })).rejects.toMatchObject(stopped);
  expect(readdirSync(folder).filter((name) => name.startsWith(basename(to)))).toEqual([]);
});

test("what is no store, is missing, or stands in the way is refused, and left alone", async () => {
  const code = async (from: string, target: string): Promise<string> =>
    backup({ file: from, to: target }).then(
      () => "copied",
      (error: { code: string }) => error.code,
    );
  expect(await code(join(folder, "none.db"), to)).toBe("not_found");
  const text = join(folder, "text.txt");
  writeFileSync(text, "dear diary ".repeat(100));
  expect(await code(text, to)).toBe("not_a_store");
  const other = join(folder, "other.db");
  const db = new DatabaseSync(other);
  db.exec("create table packed (a)");
  db.close();
  expect(await code(other, to)).toBe("not_a_store");
  expect(existsSync(to)).toBe(false);
  expect(await code(file, text)).toBe("conflict");
  const nowhere = join(folder, "none", "copy.db");
  await expect(backup({ file, to: nowhere })).rejects.toMatchObject({
    code: "store_read_only",
    message: expect.stringContaining(`The copy ${nowhere} cannot be made`) as string,
  });
  await expect(sqlite({ file, key: "b".repeat(64) }).open()).rejects.toMatchObject({ code: "wrong_key" });
});
