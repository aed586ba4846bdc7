import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Store, Write } from "@brainops/core";
import { eachTerm, readBlock } from "@brainops/core/postings";
import { analyse } from "@brainops/core/recall";
import { keyIds, openSealer, type Sealer, type SealHeader } from "@brainops/core/sealing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backup, sqlite } from "./index.ts";

const key = "a".repeat(64);
/** Every word of it stands nowhere else. */
const secret = "xyzzymarker quuxmarker";
let folder: string;
let file: string;
let store: Store;
let sealer: Sealer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "brainops-erasure-"));
  file = join(folder, "brain.db");
  store = await sqlite({ file, key, synchronous: "normal" }).open();
  // Knows the keys, as nobody does who only has the file: without them a word could not be looked for at all.
  const [seal] = steal("select value from meta where key = 'seal'");
  sealer = await openSealer(JSON.parse(String(seal)) as SealHeader, key);
  sealer.addKey(keyIds.tokens, steal(`select wrapped from keys where id = ${keyIds.tokens}`)[0] as Uint8Array);
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Reads straight from the file. */
function steal(sql: string): unknown[] {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = db.prepare(sql).all();
  db.close();
  return rows.map((row) => Object.values(row)[0]);
}

/** The bytes of what is marked: sealed, and vectors with their codes. */
function values(): Buffer[] {
  const ids = "select n from records where id in ('packed', 'recent')";
  const columns = [
    `select body from records where n in (${ids})`,
    "select body from links",
    "select body from chunks",
    "select body from documents",
    "select body from journal where stream > 0",
    "select data from vectors",
    "select code from codes",
  ];
  return columns.flatMap(steal).map((bytes) => Buffer.from(bytes as Uint8Array));
}

/** All tokens that the index of words and the marks of records hold. */
function tokens(): Set<number> {
  const found = new Set(steal("select mark from marks").map(Number));
  for (const thread of steal("select thread from records where thread is not null")) found.add(Number(thread));
  for (const data of steal("select data from postings"))
    for (const { term } of readBlock(data as Uint8Array)) found.add(term);
  for (const terms of steal("select terms from recent")) eachTerm(terms as Uint8Array, (token) => found.add(token));
  return found;
}

function secretTokens(): number[] {
  const words = analyse(secret).map((term) => sealer.token("term", term));
  return [...words, ...["tag", "subject", "thread", "fingerprint"].map((kind) => sealer.token(kind, secret))];
}

/** The same tokens as blocks of words have them: six bytes, the lowest first. */
function tokenBytes(): Buffer[] {
  return analyse(secret).map((term) => {
    const bytes = Buffer.alloc(6);
    bytes.writeUIntLE(sealer.token("term", term), 0, 6);
    return bytes;
  });
}

/** The files that hold any of these bytes. */
function filesWith(all: readonly Buffer[]): string[] {
  return readdirSync(folder).filter((name) => {
    const contents = readFileSync(join(folder, name));
    return all.some((bytes) => contents.includes(bytes));
  });
}

function put(id: string, text: string, scope: string, more: object = {}): Write {
  return {
    type: "record",
    record: {
      id,
      kind: "experience",
      scope,
      text,
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

const marked = {
  data: { [secret]: secret },
  tags: [secret],
  thread: secret,
  sequence: 1,
  actor: secret,
  fingerprint: secret,
  subjects: [secret],
};

async function fill(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 100)
    await store.commit({
      id: `fill-${at}`,
      writes: Array.from({ length: 100 }, (_, i) => put(`r${at + i}`, `common number${at + i}x`, "acme/other")),
    });
}

const ways: { readonly [name: string]: readonly Write[] } = {
  record: [
    { type: "erase", ids: ["packed", "recent"] },
    { type: "unblob", scope: "acme/secret", id: "b" },
  ],
  scope: [{ type: "erase", scope: "acme/secret" }],
  subject: [
    { type: "erase", subject: secret },
    { type: "unblob", scope: "acme/secret", id: "b" },
  ],
};

test.each(Object.entries(ways))(
  "erased by %s: no value, no token is left in any file, nor in a later copy",
  async (_, erase) => {
    const packed = Array.from({ length: 700 }, (_, i) => put(`p${i}`, `packed number${i}x`, "acme/secret"));
    await fill(0, 300);
    await store.commit({ id: "packed", writes: [put("packed", secret, "acme/secret", marked), ...packed] });
    while (steal("select count(*) from segments")[0] === 0) await new Promise((resolve) => setImmediate(resolve));
    await store.commit({
      id: "recent",
      writes: [
        put("recent", secret, "acme/secret", marked),
        {
          type: "vector",
          id: "packed",
          version: 1,
          space: "s/384",
          vector: Float32Array.from({ length: 384 }, (_, i) => Math.sin(i * i + 1)),
        },
        { type: "link", link: { from: "packed", to: "recent", type: "about", reason: secret } },
        { type: "blob", scope: "acme/secret", id: "b", bytes: Buffer.from(secret.repeat(100)) },
        { type: "document", key: `d/${secret}`, value: secret },
        { type: "document", key: `goes/${secret}`, value: secret, record: "packed" },
        { type: "append", stream: `s/${secret}`, entries: [secret] },
      ],
    });
    const others = await store.find({ scope: "acme/other" }, { limit: 1 });
    const marks = secretTokens();
    const doomed = values();
    expect(doomed).toHaveLength(2 + 1 + 1 + 3 + 2);
    for (const bytes of doomed) expect(filesWith([bytes])).not.toEqual([]);
    for (const token of marks) expect(tokens()).toContain(token);
    expect(filesWith(tokenBytes())).not.toEqual([]);
    await store.commit({
      id: "erase",
      writes: [
        ...erase,
        { type: "document", key: `d/${secret}`, value: null },
        { type: "trim", stream: `s/${secret}`, before: 1 },
      ],
    });
    await backup({ file, to: join(folder, "later.db") });
    expect(filesWith(doomed)).toEqual([]);
    expect(filesWith(tokenBytes())).toEqual([]);
    for (const token of marks) expect(tokens()).not.toContain(token);
    expect(await store.records(["packed", "recent"])).toEqual([]);
    expect(await store.find({ scope: "acme/other" }, { limit: 1 })).toEqual(others);
  },
);

test("while much is erased, the event loop turns, and reads see all of it or nothing", async () => {
  await fill(0, 600);
  const other = new DatabaseSync(file, { timeout: 0 });
  const last = other.prepare("select max(seq) as last from journal");
  const isHeld = (): boolean => {
    try {
      other.exec("begin immediate");
      other.exec("rollback");
      return false;
    } catch {
      return true;
    }
  };
  const ids = Array.from({ length: 300 }, (_, i) => `r${i}`);
  for (const erase of [{ ids }, { scope: "acme/other" }]) {
    const seen = new Set<number>();
    const before = last.get()?.["last"];
    let [turns, ended] = [0, false];
    const turn = (): void => {
      if (ended) return;
      // A turn within the transaction: what moves the log afterwards holds the file, too.
      if (isHeld() && last.get()?.["last"] === before) turns++;
      setImmediate(turn);
    };
    setImmediate(turn);
    const erased = store.commit({ id: Object.keys(erase).join(), writes: [{ type: "erase", ...erase }] });
    setImmediate(() => void store.find({ scope: "acme" }, { limit: 1000 }).then(({ length }) => seen.add(length)));
    await erased;
    ended = true;
    expect(turns).toBeGreaterThan(1);
    for (const length of seen) expect([600, 300, 0]).toContain(length);
  }
  other.close();
  expect(await store.find({ scope: "acme" })).toEqual([]);
});
