import { hash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonical, type Json, type JsonObject } from "@brainops/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { brainops } from "../test-support/brainops.ts";
import { greeterGoal, greeterModel, greeterRepo } from "../test-support/greeter.ts";
import { say } from "../test-support/in-process.ts";

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
      /✓ b\.jsonl .*\n✗ c\.jsonl .*\[journal_corrupt\]\n✗ d\.jsonl {2}diverged at .*\n4 .*2 not equal/,
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
