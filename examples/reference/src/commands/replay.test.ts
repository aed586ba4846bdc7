import { hash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonical, createBrain, type Json, type JsonObject } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brainops } from "../test-support/brainops.ts";
import { greeterGoal, greeterModel, greeterRepo } from "../test-support/greeter.ts";
import { differenceLines } from "../difference-lines.ts";
import { say } from "../test-support/in-process.ts";
import { walk } from "./serve.fixture.ts";

let folder: string;
let journal: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainops-replay-"));
  const repo = await greeterRepo(join(folder, "greeter"));
  const server = await greeterModel();
  const args = ["run", "--repo", repo, "--goal", greeterGoal, "--test", "sh check.sh", "--id", "comma", "--json"];
  const { code } = await say(args, { cwd: folder, env: { BRAINOPS_LOCAL_URL: server.url } });
  expect(code).toBe(0);
  await server.close();
  journal = (await say(["export", "comma"], { cwd: folder })).stdout;
  // All that the run has touched is gone: what follows has the journal and nothing else.
  await rm(repo, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(folder, "journal.jsonl");
  writeFileSync(path, text);
  return path;
}

describe("an exported journal", () => {
  test("replays with the network cut, without keys, in another folder", async () => {
    // Whoever connects ends the process.
    const cut = `import net from "node:net"; net.Socket.prototype.connect = () => process.exit(99);`;
    const env = { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(cut)}"` };
    const elsewhere = await mkdtemp(join(tmpdir(), "brainops-elsewhere-"));
    try {
      const { code, stdout } = await brainops(["replay", file(journal)], { cwd: elsewhere, env });
      const entries = journal.trimEnd().split("\n").length - 1;
      expect([code, stdout]).toEqual([0, `equal: ${entries} entries checked; the run is completed\n`]);
      // The same from the store.
      const { stdout: json } = await brainops(["replay", "comma", "--json"], { cwd: folder, env });
      expect(JSON.parse(json)).toEqual({ run: "comma", equal: true, entries, status: "completed" });
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  test("with one byte changed is corrupt, at the entry where that is", async () => {
    const lines = journal.split("\n");
    for (const position of [0, 5, lines.length - 3]) {
      const line = lines[position + 1] ?? "";
      for (const at of [2, Math.floor(line.length / 2), line.length - 3]) {
        const other = String.fromCharCode(line.charCodeAt(at) ^ 1);
        const changed = lines.with(position + 1, line.slice(0, at) + other + line.slice(at + 1));
        const { code, stdout } = await say(["replay", file(changed.join("\n")), "--json"], { cwd: folder });
        expect(code).toBe(1);
        expect(JSON.parse(stdout)).toMatchObject({ error: { code: "journal_corrupt", details: { position } } });
      }
    }
  });

  test("that is cut short is corrupt", async () => {
    const { code, stderr } = await say(["replay", file(journal.slice(0, -20))], { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toContain("[journal_corrupt]");
  });

  test("with a result changed consistently diverges, and the first difference is named", async () => {
    const entries = parse(journal);
    const read = entries.findIndex((entry) => entry["name"] === "repo.read");
    const forged = rechained(entries, read, (text) => text.replaceAll("Hello", "Hallo"));
    const { code, stdout } = await say(["replay", file(forged)], { cwd: folder });
    const asked = entries.findIndex((entry, index) => index > read && entry["name"] === "model.generate");
    expect(code).toBe(1);
    expect(stdout).toContain(`diverged at entry ${asked}, in /team#0/developer#0: The input of 'model.generate'`);
  });

  test("with an end changed consistently diverges there", async () => {
    const entries = parse(journal);
    const last = entries.length - 1;
    const forged = rechained(entries, last, (text) =>
      text.replaceAll("Hello, Ada", "Hello, Eve").replaceAll(`"failed":0`, `"failed":1`),
    );
    const { code, stdout } = await say(["replay", file(forged), "--json"], { cwd: folder });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ equal: false, divergence: { position: last } });
  });
});

describe("a folder of journals", () => {
  let journals: string;
  beforeAll(async () => {
    journals = await mkdtemp(join(folder, "journals-"));
    writeFileSync(join(journals, "a.jsonl"), journal);
    writeFileSync(join(journals, "b.jsonl"), journal);
    writeFileSync(join(journals, "notes.txt"), "no journal");
  });

  test("is replayed, a line each", async () => {
    const { code, stdout } = await say(["replay", "--ci", journals], { cwd: folder });
    const equal = `equal: ${parse(journal).length} entries checked; the run is completed`;
    expect([code, stdout]).toEqual([0, `✓ a.jsonl  ${equal}\n✓ b.jsonl  ${equal}\n2 journals: all equal\n`]);
  });

  test("names each that differs, and goes on with the others", async () => {
    const read = parse(journal).findIndex((entry) => entry["name"] === "repo.read");
    writeFileSync(join(journals, "c.jsonl"), journal.slice(0, -20));
    writeFileSync(
      join(journals, "d.jsonl"),
      rechained(parse(journal), read, (text) => text.replaceAll("Hello", "Hallo")),
    );
    const { code, stdout } = await say(["replay", "--ci", journals], { cwd: folder });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /✓ b\.jsonl .*\n✗ c\.jsonl .*\[journal_corrupt\]\n✗ d\.jsonl {2}diverged at .*\n {2}expected .*\n {2}found .*\n4 .*2 not equal/,
    );
    const { code: same, stdout: json } = await say(["replay", "--ci", journals, "--json"], { cwd: folder });
    expect(same).toBe(1);
    expect(JSON.parse(json)).toMatchObject({
      equal: false,
      journals: [
        { file: "a.jsonl", run: "comma", equal: true },
        { file: "b.jsonl", equal: true },
        { file: "c.jsonl", equal: false, error: { code: "journal_corrupt" } },
        { file: "d.jsonl", equal: false, divergence: { node: "developer" } },
      ],
    });
  });
});

describe("a folder of another program's journals", () => {
  const plugin = join(import.meta.dirname, "serve.fixture.ts");
  let mixed: string;
  beforeAll(async () => {
    mixed = await mkdtemp(join(folder, "mixed-"));
    const brain = await createBrain({ store: memoryStore() });
    writeFileSync(join(mixed, "gate"), "");
    const { id } = await brain.run(walk, { folder: mixed });
    mkdirSync(join(mixed, "of a plugin", "no file.jsonl"), { recursive: true });
    writeFileSync(join(mixed, "of a plugin", "walk.jsonl"), await brain.export(id));
    writeFileSync(join(mixed, "key"), key);
    writeFileSync(join(mixed, "sealed.jsonl"), await brain.export(id, { key }));
    await brain.close();
  });
  const key = "a passphrase that nobody knows";

  test("needs the plugin whose graphs they are of, and the key of those that are sealed; each that fails is told by name", async () => {
    const args = ["replay", "--ci", mixed];
    const { code, stdout } = await say([...args, "--plugin", plugin, "--key", join(mixed, "key")], { cwd: folder });
    expect(stdout.split("\n")).toMatchObject([
      expect.stringMatching(/^✗ of a plugin\/no file\.jsonl  It cannot be read \(.*\[not_found\]$/),
      "✓ of a plugin/walk.jsonl  equal: 6 entries checked; the run is completed",
      "✓ sealed.jsonl  equal: 6 entries checked; the run is completed",
      "3 journals: 1 not equal",
      "",
    ]);
    expect(code).toBe(1);
    const { stdout: bare } = await say([...args, "--json"], { cwd: folder });
    expect(JSON.parse(bare)).toMatchObject({
      equal: false,
      journals: [
        { error: { code: "not_found" } },
        { error: { code: "unsupported", message: expect.stringMatching(/'walk'.*--plugin/) as string } },
        { file: "sealed.jsonl", error: { code: "wrong_key" } },
      ],
    });
    const lone = ["replay", join(mixed, "of a plugin", "walk.jsonl"), "--plugin", plugin];
    expect(await say(lone, { cwd: folder })).toMatchObject({ code: 0 });
  });
});

test("a difference says where it lies, what was expected and what was found", () => {
  const expected = { list: [1, { deep: "a", same: true }], gone: 1, long: "x".repeat(500) };
  const found = { list: [1, { deep: "b", same: true }, 3], long: `${"x".repeat(499)}y` };
  const lines = differenceLines(expected, found);
  expect(lines.slice(0, 9)).toEqual([
    "at list[1].deep",
    '  expected  "a"',
    '  found     "b"',
    "at list[2]",
    "  expected  nothing",
    "  found     3",
    "at gone",
    "  expected  1",
    "  found     nothing",
  ]);
  expect(lines[10]).toMatch(/^ {2}expected {2}"x+… \(502 characters\)$/);
  expect(differenceLines("one", ["two"])).toEqual([`expected  "one"`, `found     ["two"]`]);
  const many = differenceLines(
    Array.from({ length: 20 }, () => 0),
    Array.from({ length: 20 }, () => 1),
  );
  expect(many.at(-1)).toBe("and 12 more");
});

test("the exported file is the store's journal, and says whose it is", () => {
  expect(JSON.parse(journal.split("\n")[0] ?? "")).toMatchObject({ brainops: "journal", run: "comma", graph: "run" });
  expect(readFileSync(file(journal), "utf8")).toContain(greeterGoal);
});

type Line = { readonly [key: string]: Json | undefined };

const parse = (text: string): readonly Line[] =>
  text
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => JSON.parse(line) as Line);

/** A forger's work: one body is changed, and every commitment and hash that follows is made anew. */
function rechained(entries: readonly Line[], position: number, change: (body: string) => string): string {
  const sha256 = (text: string): string => hash("sha256", text, "base64url");
  let previous = "";
  const forged = entries.map((entry, index) => {
    const { hash: _hash, salt, body: given, commitment: _commitment, ...header } = entry;
    const body = index === position ? (JSON.parse(change(JSON.stringify(given))) as JsonObject) : given;
    const commitment = body === undefined ? {} : { commitment: sha256(String(salt) + canonical(body)) };
    const committed = { ...header, ...commitment };
    previous = sha256(previous + canonical(committed));
    return {
      ...committed,
      ...(salt === undefined ? {} : { salt }),
      ...(body === undefined ? {} : { body }),
      hash: previous,
    };
  });
  expect(canonical(forged[position] ?? null)).not.toBe(canonical(entries[position] ?? null));
  const first = entries[0] ?? {};
  const header = {
    brainops: "journal",
    format: 1,
    run: first["run"],
    graph: first["graph"],
    entries: forged.length,
    head: previous,
  };
  return [header, ...forged].map((line) => `${canonical(line)}\n`).join("");
}
