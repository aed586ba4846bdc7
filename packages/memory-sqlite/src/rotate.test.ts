import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Write } from "@brainops/core";
import { analyse } from "@brainops/core/recall";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rotate, sqlite } from "./index.ts";

const key = "a".repeat(64);
const newKey = "a new passphrase";
// Starting a process is slow on a busy machine.
const patience = 60_000;
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brainops-rotate-"));
  file = join(folder, "brain.db");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(id: string, text: string, scope = "acme"): Write {
  return {
    type: "record",
    record: {
      id,
      kind: "experience",
      scope,
      text,
      data: {},
      tags: ["t"],
      importance: 0.5,
      confidence: 1,
      trust: "test",
      subjects: ["bob"],
      thread: "th",
      sequence: 1,
      provenance: {},
      createdAt: 1,
      version: 1,
    },
  };
}

/** A store with something sealed in every table. */
async function fill(records: number): Promise<void> {
  const store = await sqlite({ file, key }).open();
  const writes = Array.from({ length: records }, (_, i) => put(`r${i}`, `common number${i}x`, `acme/${i % 3}`));
  await store.commit({ id: "records", writes });
  await store.commit({
    id: "rest",
    writes: [
      { type: "append", stream: "run/1", entries: [{ hello: "world" }], expectedPosition: 0 },
      { type: "document", key: "a/b", value: { n: 1 } },
      { type: "wake", key: "later", at: 5, data: { why: "it" } },
      { type: "blob", scope: "acme/1", id: "big", bytes: new Uint8Array(600_000).fill(7) },
      { type: "link", link: { from: "r0", to: "r1", type: "about", reason: "just so" } },
    ],
  });
  await store.close();
}

async function expectAll(secret: string, records: number): Promise<void> {
  const store = await sqlite({ file, key: secret }).open();
  const found = await store.records(Array.from({ length: records }, (_, i) => `r${i}`));
  expect(found.map(({ record }) => record.text)).toEqual(
    Array.from({ length: records }, (_, i) => `common number${i}x`),
  );
  const ids = async (text: string, scope: string): Promise<string[]> =>
    (await store.candidates(analyse(text), { scope }, 3)).candidates.map(({ record }) => record.id);
  expect(await ids("number7x", "acme")).toEqual(["r7"]);
  expect(await store.find({ scope: "acme/2", tags: ["t"], thread: "th" }, { limit: 1 })).toHaveLength(1);
  expect(await store.read("run/1")).toEqual([{ position: 0, entry: { hello: "world" } }]);
  expect(await store.streams("run/")).toContain("run/1");
  expect((await store.document("a/b"))?.value).toEqual({ n: 1 });
  expect(await store.wake("later")).toEqual({ key: "later", at: 5, data: { why: "it" } });
  expect((await store.blob("acme/1", "big"))?.length).toBe(600_000);
  expect((await store.links("r0"))[0]?.reason).toBe("just so");
  await store.close();
}

/** All sealed bytes in the file, as text. */
function sealedBytes(): string[] {
  const db = new DatabaseSync(file);
  const tables = ["records", "journal", "streams", "scopes", "documents", "wakes", "links", "chunks"];
  const all = tables.flatMap((table) => db.prepare(`select body from ${table} where body is not null`).all());
  db.close();
  return all.map((row) => Buffer.from(row["body"] as Uint8Array).toString("latin1"));
}

test("a changed key opens everything, the old one is wrong, and nothing sealed under it is left in any file", async () => {
  await fill(300);
  const before = sealedBytes();
  const shares: number[] = [];
  await rotate({ file, key, newKey, grace: 0, progress: (share) => shares.push(share) });
  expect(shares.at(-1)).toBe(1);
  await expect(sqlite({ file, key }).open()).rejects.toMatchObject({ code: "wrong_key" });
  await expectAll(newKey, 300);
  const after = new Set(sealedBytes().map((bytes) => bytes.slice(0, 4)));
  expect(before.some((bytes) => after.has(bytes.slice(0, 4)))).toBe(false);
  for (const name of readdirSync(folder)) {
    const contents = readFileSync(join(folder, name), "latin1");
    expect(before.filter((bytes) => contents.includes(bytes.slice(4, 28)))).toEqual([]);
  }
});

test("calling it again is harmless, and neither key may be foreign", async () => {
  await fill(10);
  await rotate({ file, key, newKey, grace: 0 });
  await rotate({ file, key, newKey, grace: 0 });
  await expectAll(newKey, 10);
  await expect(rotate({ file, key, newKey: "b".repeat(64) })).rejects.toMatchObject({ code: "wrong_key" });
  await expect(rotate({ file: `${file}x`, key, newKey })).rejects.toMatchObject({ code: "not_found" });
});

test("a rotation that is aborted goes on where it was", async () => {
  await fill(400);
  const controller = new AbortController();
  const stopped = rotate({
    file,
    key,
    newKey,
    grace: 0,
    signal: controller.signal,
    progress: () => controller.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  await expect(sqlite({ file, key }).open()).rejects.toMatchObject({ code: "wrong_key" });
  await expectAll(newKey, 400);
  await rotate({ file, key, newKey, grace: 0 });
  await expectAll(newKey, 400);
});

/** Runs a program in a process of its own. */
function start(program: string): ChildProcess {
  const text = `
    import { rotate, sqlite } from "@brainops/memory-sqlite";
    const [file, key, newKey] = ${JSON.stringify([file, key, newKey])};
    ${program}`;
  return spawn(process.execPath, [...process.execArgv, "--input-type=module", "-e", text], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

test(
  "others read and write meanwhile, a rotation that is killed is gone on with, and nothing is lost",
  { timeout: patience },
  async () => {
    await fill(3000);
    const writer = start(`
      const store = await sqlite({ file, key }).open();
      console.log("open");
      let done = false;
      process.once("SIGTERM", () => (done = true));
      let n = 0;
      for (; !done; n++) {
        await store.commit({ id: "w" + n, writes: [{ type: "append", stream: "shared", entries: [n] },
          { type: "document", key: "d/" + n, value: n }] });
        if ((await store.read("shared", { from: n })).length !== 1) throw new Error("lost " + n);
        if ((await store.records(["r" + (n % 3000)])).length !== 1) throw new Error("lost record");
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await store.close();
      console.log("wrote " + n);`);
    const idle = start(`
      const store = await sqlite({ file, key }).open();
      console.log("open");
      const waiting = setInterval(() => {}, 1000);
      await new Promise((resolve) => process.once("SIGTERM", resolve));
      clearInterval(waiting);
      await store.commit({ id: "idle", writes: [{ type: "document", key: "idle", value: 1 }] });
      await store.close();`);
    const said: string[] = [];
    writer.stdout?.on("data", (data: Buffer) => said.push(data.toString()));
    await Promise.all([writer, idle].map((child) => once(child.stdout ?? child, "data")));
    const rotating = start(
      `await rotate({ file, key, newKey, progress: (share) => share > 0.5 && process.kill(process.pid, "SIGKILL") });`,
    );
    expect((await once(rotating, "exit"))[1]).toBe("SIGKILL");
    await rotate({ file, key, newKey, grace: 3000 });
    const codes = Promise.all([writer, idle].map(async (child) => (await once(child, "exit"))[0] as number));
    for (const child of [writer, idle]) child.kill("SIGTERM");
    expect(await codes).toEqual([0, 0]);
    const wrote = Number(/wrote (\d+)/.exec(said.join(""))?.[1]);
    expect(wrote).toBeGreaterThan(0);
    await expectAll(newKey, 3000);
    const store = await sqlite({ file, key: newKey }).open();
    expect((await store.read("shared")).map(({ entry }) => entry)).toEqual(Array.from({ length: wrote }, (_, n) => n));
    expect(await store.documents("d/")).toHaveLength(wrote);
    expect((await store.document("idle"))?.value).toBe(1);
    await store.close();
  },
);
