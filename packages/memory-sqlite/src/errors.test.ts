import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { isBrainOpsError, type ErrorCode, type Store, type Write } from "@brainops/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sqlite, type SqliteOptions } from "./index.ts";

const key = "a".repeat(64);
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brainops-sqlite-"));
  file = join(folder, "brain.db");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function codeOf(promise: Promise<unknown>): Promise<ErrorCode | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (!isBrainOpsError(error)) throw error;
    return error.code;
  }
}

let commits = 0;
async function write(store: Store, ...writes: Write[]): Promise<void> {
  await store.commit({ id: `e${commits++}`, writes });
}

function entry(value: string): Write {
  return { type: "append", stream: "s", entries: [value] };
}

/** A store with one entry, closed. */
async function makeStore(options: SqliteOptions = { file, key }): Promise<void> {
  const store = await sqlite(options).open();
  await write(store, entry("one"));
  await store.close();
}

async function expectUnharmed(): Promise<void> {
  const store = await sqlite({ file, key }).open();
  expect(await store.read("s")).toEqual([{ position: 0, entry: "one" }]);
  await store.close();
}

describe("the key", () => {
  test("a wrong key opens nothing and harms nothing", async () => {
    await makeStore();
    for (const wrong of ["b".repeat(64), new Uint8Array(32), "some other passphrase"])
      expect(await codeOf(sqlite({ file, key: wrong }).open())).toBe("wrong_key");
    await expectUnharmed();
  });

  test("a passphrase opens what it made, and no other does", async () => {
    await makeStore({ file, key: "correct horse" });
    expect(await codeOf(sqlite({ file, key: "incorrect horse" }).open())).toBe("wrong_key");
    expect(await codeOf(sqlite({ file, key }).open())).toBe("wrong_key");
    const store = await sqlite({ file, key: "correct horse" }).open();
    expect(await store.position("s")).toBe(1);
    await store.close();
  });

  test("hex, base64 and bytes are the same key", async () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
    await makeStore({ file, key: bytes });
    for (const encoding of ["hex", "base64", "base64url"] as const) {
      const store = await sqlite({ file, key: Buffer.from(bytes).toString(encoding) }).open();
      expect(await store.position("s")).toBe(1);
      await store.close();
    }
  });

  test("a key that is none is refused before anything is made", async () => {
    for (const bad of ["", "short", new Uint8Array(31)])
      expect(await codeOf(sqlite({ file, key: bad }).open())).toBe("invalid_input");
    expect(() => sqlite({})).toThrow(expect.objectContaining({ code: "invalid_input" }));
  });

  test("without a key a file is made beside the store, for its owner only, and said aloud once", async () => {
    const said: string[] = [];
    const options = { file, notice: (message: string) => void said.push(message) };
    await makeStore(options);
    const store = await sqlite(options).open();
    expect(await store.position("s")).toBe(1);
    expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
    await store.close();
    for (const made of [file, `${file}.key`]) expect(statSync(made).mode & 0o777).toBe(0o600);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`${file}.key`);
    expect(said[0]).not.toContain(readFileSync(`${file}.key`, "utf8").trim());
  });

  test("a store whose key file is lost gets no new one", async () => {
    await makeStore({ file, notice: () => undefined });
    rmSync(`${file}.key`);
    expect(await codeOf(sqlite({ file }).open())).toBe("wrong_key");
    expect(existsSync(`${file}.key`)).toBe(false);
  });

  test("BRAINOPS_KEY is used when no key is given", async () => {
    process.env["BRAINOPS_KEY"] = key;
    try {
      await makeStore({ file });
    } finally {
      delete process.env["BRAINOPS_KEY"];
    }
    expect(existsSync(`${file}.key`)).toBe(false);
    await expectUnharmed();
  });
});

describe("a file that is no store", () => {
  async function expectUntouched(): Promise<void> {
    const before = readFileSync(file);
    expect(await codeOf(sqlite({ file, key }).open())).toBe("not_a_store");
    expect(readFileSync(file)).toEqual(before);
  }

  test("text", async () => {
    writeFileSync(file, "dear diary, ".repeat(1000));
    await expectUntouched();
  });

  test("another program's database", async () => {
    const db = new DatabaseSync(file);
    db.exec("create table other (a); insert into other values (1)");
    db.close();
    await expectUntouched();
    expect(existsSync(`${file}.key`)).toBe(false);
  });

  test("another program's database that is in use, with a log", async () => {
    const db = new DatabaseSync(file);
    db.exec("pragma journal_mode = wal; create table other (a); insert into other values (1)");
    await expectUntouched();
    db.close();
  });

  test("a folder", async () => {
    mkdirSync(file);
    expect(await codeOf(sqlite({ file, key }).open())).toBe("not_a_store");
  });
});

test("a store of a newer format is left alone", async () => {
  await makeStore();
  const db = new DatabaseSync(file);
  db.exec("update meta set value = '99' where key = 'reader'");
  expect(await codeOf(sqlite({ file, key }).open())).toBe("store_too_new");
  db.exec("update meta set value = '1' where key = 'reader'");
  db.close();
  await expectUnharmed();
});

describe("a place that cannot be written", () => {
  test("a folder that cannot be made", async () => {
    expect(await codeOf(sqlite({ file: "/proc/brainops/brain.db", key }).open())).toBe("store_read_only");
    writeFileSync(join(folder, "plain"), "");
    expect(await codeOf(sqlite({ file: join(folder, "plain", "brain.db"), key }).open())).toBe("store_read_only");
  });

  test("a read-only handle reads, and refuses to write", async () => {
    await makeStore();
    const store = await sqlite({ database: new DatabaseSync(file, { readOnly: true }), key }).open();
    expect(await store.position("s")).toBe(1);
    expect(await codeOf(write(store, entry("two")))).toBe("store_read_only");
    expect(await store.position("s")).toBe(1);
    await store.close();
    await expectUnharmed();
  });
});

test("a full disk: what was acknowledged stays, and work goes on when there is room", async () => {
  const database = new DatabaseSync(file);
  const store = await sqlite({ database, key }).open();
  await write(store, entry("one"));
  database.exec("pragma max_page_count = 120");
  let kept = 1;
  const big = "x".repeat(20_000);
  for (; kept < 100; kept++) {
    const code = await codeOf(write(store, entry(big), { type: "document", key: "n", value: kept }));
    if (code === undefined) continue;
    expect(code).toBe("store_full");
    break;
  }
  expect(kept).toBeGreaterThan(1);
  expect(kept).toBeLessThan(100);
  expect(await store.position("s")).toBe(kept);
  expect((await store.document("n"))?.value).toBe(kept - 1);
  // A small commit beside a big one still finds room.
  const both = await Promise.allSettled([write(store, entry(big)), write(store, { type: "wake", key: "w", at: 1 })]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  database.exec("pragma max_page_count = 100000");
  await write(store, entry(big));
  expect(await store.position("s")).toBe(kept + 1);
  expect(database.prepare("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
  await store.close();
});

describe("a file in use elsewhere", () => {
  test("is waited for, and is store_busy when it does not become free", async () => {
    const store = await sqlite({ file, key, busyTimeout: 60 }).open();
    await write(store, entry("one"));
    const other = new DatabaseSync(file);
    other.exec("begin immediate");
    expect(await codeOf(write(store, entry("two")))).toBe("store_busy");
    expect(await store.position("s")).toBe(1);
    other.exec("rollback");
    await write(store, entry("two"));
    expect(await store.position("s")).toBe(2);
    other.close();
    await store.close();
  });

  // What its owner appends goes to the file on a way of its own.
  const owned: Write = { type: "append", stream: "s", entries: ["one"], expectedPosition: 0 };
  test.each([entry("one"), owned])("lets the event loop go on while it waits with %j", async (one) => {
    const store = await sqlite({ file, key }).open();
    const other = new DatabaseSync(file);
    other.exec("begin immediate");
    const waiting = write(store, one);
    setTimeout(() => other.exec("rollback"), 20);
    await waiting;
    other.close();
    await store.close();
    await expectUnharmed();
  });

  test("store_busy when opening", async () => {
    await makeStore();
    const other = new DatabaseSync(file);
    other.exec("pragma locking_mode = exclusive; begin exclusive");
    expect(await codeOf(sqlite({ file, key, busyTimeout: 60 }).open())).toBe("store_busy");
    other.exec("rollback");
    other.close();
    await expectUnharmed();
  });
});

describe("damage", () => {
  test("sealed bytes that were moved or changed are store_corrupt", async () => {
    const store = await sqlite({ file, key }).open();
    for (const id of ["a", "b"])
      await write(store, entry(id), {
        type: "record",
        record: {
          id,
          kind: "insight",
          scope: "acme",
          text: id,
          data: {},
          tags: [],
          importance: 0,
          confidence: 1,
          trust: "test",
          subjects: [],
          provenance: {},
          createdAt: 1,
          version: 1,
        },
      });
    await write(store, { type: "document", key: "d", value: 1 });
    await write(store, { type: "document", key: "e", value: 1 });
    await store.close();
    const tamper = async (sql: string): Promise<Store> => {
      const copy = join(folder, `${commits++}.db`);
      copyFileSync(file, copy);
      const db = new DatabaseSync(copy);
      db.exec(sql);
      db.close();
      return sqlite({ file: copy, key }).open();
    };
    const swap = (table: string, id: string): string =>
      `create temp table t as select ${id} as id, body from ${table} where body is not null;
       update ${table} set body = (select body from t where t.id <> ${table}.${id}) where body is not null`;
    const check = async (sql: string, read: (store: Store) => Promise<unknown>): Promise<void> => {
      const tampered = await tamper(sql);
      expect(await codeOf(read(tampered)), sql).toBe("store_corrupt");
      await tampered.close();
    };
    await check(swap("journal", "seq"), (s) => s.read("s"));
    await check(swap("records", "n"), (s) => s.records(["a"]));
    await check(swap("documents", "n"), (s) => s.document("d"));
    await check("update records set kind = 1", (s) => s.records(["a"]));
    await check("update documents set version = version + 1", (s) => s.document("d"));
    await check("update journal set body = zeroblob(60) where stream > 0", (s) => s.read("s"));
    await check("update journal set body = zeroblob(3) where stream > 0", (s) => s.read("s"));
  });

  test("a torn file is store_corrupt or not_a_store, never garbage", async () => {
    await makeStore();
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, 5000));
    expect(["store_corrupt", "not_a_store"]).toContain(await codeOf(sqlite({ file, key }).open()));
  });
});

test("a Node without SQLite is told that it is too old", async () => {
  const program = `import { sqlite } from ${JSON.stringify(new URL("index.ts", import.meta.url).href)};
    await sqlite({ file: "nowhere.db", key: "00".repeat(32) }).open().catch((error) => console.log(error.code, error.message));`;
  const options = [
    "--no-experimental-sqlite",
    "--conditions=@brainops/source",
    "--input-type=module",
    "--eval",
    program,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, options);
  expect(stdout).toMatch(/^unsupported .*needs the SQLite of Node 22\.13 or later, and this is Node \d/);
});

test.each([undefined, {}, { filename: "brain.db" }])("sqlite(%j) is told what it needs", (options) => {
  expect(() => sqlite(options as never)).toThrow(/either a file, as in sqlite\(\{ file: "brain\.db" \}\)/);
});
