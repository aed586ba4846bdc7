import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { canonical, type Json, type Write } from "@brainops/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backup, check, restore, sqlite } from "./index.ts";

const key = "a".repeat(64);
let folder: string;
let file: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "brainops-check-"));
  file = join(folder, "brain.db");
  const store = await sqlite({ file, key, synchronous: "normal" }).open();
  const writes = Array.from({ length: 700 }, (_, i) => put(`r${i}`, `common number${i}x`));
  await store.commit({ id: "records", writes });
  await store.commit({
    id: "rest",
    writes: [
      { type: "append", stream: "journal/1", entries: chain(5), expectedPosition: 0 },
      { type: "append", stream: "journal/1", entries: chain(8).slice(5), expectedPosition: 5 },
      { type: "document", key: "a/b", value: { n: 1 } },
      { type: "wake", key: "later", at: 5 },
      { type: "blob", scope: "acme", id: "big", bytes: new Uint8Array(600_000).fill(7) },
      { type: "link", link: { from: "r0", to: "r1", type: "about", reason: "just so" } },
      { type: "erase", ids: ["r7"] },
      put("r8", "common other8x", 2),
    ],
  });
  const raw = new DatabaseSync(file);
  while (raw.prepare("select 1 from segments").get() === undefined) await new Promise((go) => setImmediate(go));
  raw.close();
  await store.close();
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(id: string, text: string, version = 1): Write {
  return {
    type: "record",
    record: {
      id,
      kind: "experience",
      scope: "acme",
      text,
      data: {},
      tags: ["t"],
      importance: 0.5,
      confidence: 1,
      trust: "test",
      subjects: [],
      provenance: {},
      createdAt: 1,
      version,
    },
  };
}

/** Entries whose hashes make a chain, as the journal of a run has them. */
function chain(length: number, broken = -1): Json[] {
  let previous = "";
  return Array.from({ length }, (_, position) => {
    const header = { position, type: "noted", at: position };
    previous = createHash("sha256")
      .update(previous + canonical(header))
      .digest("base64url");
    return { ...header, hash: position === broken ? "0".repeat(64) : previous };
  });
}

function damage(sql: string): void {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
}

async function codes(of = file): Promise<string[]> {
  const { ok, problems } = await check({ file: of, key });
  expect(ok).toBe(problems.length === 0);
  return [...new Set(problems.map(({ code }) => code))];
}

test("a whole store has no problems, also while it is written to", async () => {
  const shares: number[] = [];
  const report = await check({ file, key, progress: (share) => shares.push(share) });
  expect(report).toEqual({ ok: true, problems: [], records: 699, entries: 8 });
  expect(shares.at(-1)).toBe(1);
  const store = await sqlite({ file, key }).open();
  const checking = check({ file, key });
  for (let i = 0; i < 20; i++) await store.commit({ id: `w${i}`, writes: [put(`w${i}`, "common meanwhile")] });
  expect((await checking).problems).toEqual([]);
  await store.close();
});

test.each<[string, string, string[]]>([
  [
    "a changed byte",
    "update records set body = substr(body, 1, 40) || x'00' || substr(body, 42) where id = 'r5'",
    ["unreadable", "index", "counts"],
  ],
  ["a value moved to another row", "update documents set version = 2", ["unreadable"]],
  ["a part of a blob that is gone", "delete from chunks where part = 1", ["unreadable"]],
  ["an entry that is gone", "update journal set position = position + 1 where position = 5", ["unreadable", "journal"]],
  [
    "a word that nothing stands for",
    "delete from recent where record = (select max(record) from recent)",
    ["index", "counts"],
  ],
  ["a count that is wrong", "update kinds set records = records + 1", ["counts"]],
  [
    "a block of words that is damaged",
    "update postings set data = cast(x'ffffffffffffffff' || data as blob)",
    ["index"],
  ],
  ["a packed word that is gone", "delete from postings where term = (select min(term) from postings)", ["index"]],
])("%s is reported", async (_, sql, expected) => {
  damage(sql);
  expect(await codes()).toEqual(expected);
});

test("a chain of hashes that is broken is reported", async () => {
  const store = await sqlite({ file, key }).open();
  await store.commit({
    id: "j",
    writes: [{ type: "append", stream: "journal/2", entries: chain(4, 2), expectedPosition: 0 }],
  });
  await store.close();
  expect(await codes()).toEqual(["journal"]);
});

test("damaged pages are reported", async () => {
  const db = new DatabaseSync(file);
  const page = Number(
    db.prepare("select rootpage from sqlite_schema where name = 'records_created'").get()?.["rootpage"],
  );
  db.close();
  const contents = readFileSync(file);
  contents.fill(0xff, (page - 1) * 4096, (page - 1) * 4096 + 200);
  writeFileSync(file, contents);
  expect(await codes()).toEqual(["pages"]);
});

test("a wrong key is an error, and so is an abort", async () => {
  await expect(check({ file, key: "b".repeat(64) })).rejects.toMatchObject({ code: "wrong_key" });
  await expect(check({ file: `${file}x`, key })).rejects.toMatchObject({ code: "not_found" });
  const signal = AbortSignal.abort();
  await expect(check({ file, key, signal })).rejects.toMatchObject({ code: "aborted" });
});

test("a backup is restored after it has been checked, and never over something", async () => {
  const copy = join(folder, "copy.db");
  const to = join(folder, "restored.db");
  await backup({ file, to: copy });
  await restore({ from: copy, to, key });
  expect(await codes(to)).toEqual([]);
  await expect(restore({ from: copy, to, key })).rejects.toMatchObject({ code: "conflict" });
  const names = readdirSync(folder).sort();
  cpSync(copy, `${copy}2`);
  const db = new DatabaseSync(`${copy}2`);
  db.exec("update records set version = 2 where id = 'r9'");
  db.close();
  const bad = restore({ from: `${copy}2`, to: `${to}2`, key });
  await expect(bad).rejects.toMatchObject({
    code: "store_corrupt",
    details: { problems: expect.anything() as unknown },
  });
  await expect(restore({ from: copy, to: `${to}2`, key: "b".repeat(64) })).rejects.toMatchObject({ code: "wrong_key" });
  rmSync(`${copy}2`);
  expect(readdirSync(folder).sort()).toEqual(names);
  expect(existsSync(`${to}2`)).toBe(false);
});
