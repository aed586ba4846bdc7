import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBrain, END, graph, START, type RecordInput } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { homeIn } from "../../home.ts";
import { brainops } from "../../test-support/brainops.ts";
import { say } from "../../test-support/in-process.ts";

let folder: string;
let ids: readonly string[];

const seek = graph({ name: "seek", state: z.object({}) })
  .node("seek", async (_, ctx) => {
    await ctx.recall("cold cache");
    ctx.remember({ kind: "decision", text: "Warm it first." });
    return {};
  })
  .edge(START, "seek")
  .edge("seek", END)
  .build();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainops-memory-"));
  const home = homeIn(undefined, folder);
  home.make();
  const brain = await createBrain({ store: sqlite({ file: home.file, notice: () => {} }) });
  const inputs: RecordInput[] = [
    { kind: "experience", text: "The deploy timed out.", trust: "test" },
    { kind: "learning", text: "Deploys time out when the cache is cold." },
    { kind: "learning", text: "When the cache is cold, deploys time out" },
    { kind: "insight", text: "Nobody asks for this." },
  ];
  ids = [];
  for (const input of inputs) ids = [...ids, await brain.remember(input)];
  const [experience = "", learning = ""] = ids;
  await brain.store.commit({
    id: "l",
    writes: [{ type: "link", link: { from: learning, to: experience, type: "derived-from" } }],
  });
  for (let i = 0; i < 24; i++)
    await brain.remember(
      {
        kind: "experience",
        text: `Run ${i}`,
        tags: i % 2 === 0 ? ["friday"] : ["monday"],
        data: { outcome: i % 2 !== 0 },
      },
      { scope: "main/runs" },
    );
  await brain.run(seek, {}, { id: "r1" });
  await brain.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a command with `--json`, and gives what it said. */
async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await say(["memory", ...args, "--json"], { cwd: folder });
  expect(stderr).toBe("");
  expect(code, stdout).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("a real process on a real file", () => {
  // Starting a process is slow on a busy machine.
  test("recalls, says why, takes a verdict and takes it back", { timeout: 60_000 }, async () => {
    const run = (...args: readonly string[]) => brainops(["memory", ...args], { cwd: folder });
    const [experience = "", learning = ""] = ids;
    const why = await run("why", learning);
    expect(why).toMatchObject({ code: 0, stderr: "" });
    expect(why.stdout).toContain("[learning] Deploys time out when the cache is cold.");
    expect(why.stdout).toContain("└─ because [experience] The deploy timed out.");
    expect(why.stdout).toContain("says a test, 100 % sure");
    // No terminal, no colours.
    expect(why.stdout).not.toContain("\u001b[");

    const judged = await run(
      "feedback",
      "bad",
      "--record",
      learning,
      "--by",
      "Ann",
      "--reason",
      "It is the disk.",
      "--json",
    );
    expect(judged).toMatchObject({ code: 0, stderr: "" });
    const { id, about } = JSON.parse(judged.stdout) as { id: string; about: string[] };
    expect(about).toEqual([learning]);
    expect(await json("show", learning)).toMatchObject({ counters: { tries: 8, successes: 0 } });
    const after = await say(["memory", "why", learning], { cwd: folder });
    expect(after.stdout).toMatch(/judged \[experience\] Judged bad by Ann/);
    const unsure = await say(["memory", "forget", "--record", id], { cwd: folder });
    expect(unsure).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") as string });
    expect(await json("forget", "--record", id, "--yes")).toMatchObject({ records: 1 });
    expect(await json("show", learning)).toMatchObject({ counters: { tries: 0, successes: 0 }, to: [] });
    expect(await json("show", experience)).toMatchObject({ to: [{ from: learning, type: "derived-from" }] });
  });
});

test("a verdict on a run, by the beginning of its id, reaches what it recalled", async () => {
  const { about } = await json("feedback", "good", "--run", "r", "--by", "ci", "--trust", "test");
  expect(about).toHaveLength(3);
  const [hit] = (await json("recall", "cold cache", "--kinds", "learning", "--limit", "1")) as unknown as {
    why: string;
  }[];
  expect(hit?.why).toContain("judged: 1 of 1");
});

test("says how much of the memory is junk", async () => {
  const { junk, records } = await json("stats");
  expect(records).toMatchObject({ insight: 1 });
  expect(junk).toMatchObject({ byKind: { insight: { share: 1 }, learning: { share: 0 } } });
  const said = await say(["memory", "stats", "--scope", "main/runs"], { cwd: folder });
  expect(said.stdout).toContain("Never of use in 'main/runs': 24 of 24 records, 100 %");
});

test("merges, learns and lets go; a dry run only says so", async () => {
  expect(await json("merge", "--dry-run")).toMatchObject({ merged: 1, dryRun: true });
  expect(await json("merge", "--exact")).toMatchObject({ merged: 0 });
  expect(await json("merge")).toMatchObject({ merged: 1, groups: [{ survivor: ids[1] }] });
  expect(await json("merge")).toMatchObject({ merged: 0 });

  const { learnt } = (await json("consolidate", "--scope", "main/runs")) as { learnt: { id: string; text: string }[] };
  expect(learnt.map(({ text }) => text.slice(0, 46)).toSorted()).toEqual([
    "With 'friday' the outcome is mostly 'bad': 12 ",
    "With 'monday' the outcome is mostly 'good': 12",
  ]);
  const why = await say(["memory", "why", learnt[0]?.id ?? "", "--breadth", "3"], { cwd: folder });
  expect(why.stdout).toContain("└─ and 9 more");

  expect(await json("retain", "--kinds", "insight", "--keep", "0", "--dry-run")).toMatchObject({
    gone: { insight: 1 },
  });
  expect(await json("retain", "--kinds", "insight", "--keep", "0")).toMatchObject({ ids: [ids[3]] });
  expect(await json("retain", "--older-than", "1d")).toMatchObject({ ids: [] });
  expect((await json("changes")) as unknown as unknown[]).toContainEqual(
    expect.objectContaining({ type: "gone", id: ids[3] }),
  );
});

test("exports, imports into another home, and backs up", async () => {
  const exported = await say(["memory", "export", "--scope", "main/runs"], { cwd: folder });
  await writeFile(join(folder, "memory.jsonl"), exported.stdout);
  const other = homeIn(join(folder, "other"), folder);
  const into = (file: string): ReturnType<typeof say> =>
    say(["memory", "import", file, "--home", other.folder], { cwd: folder });
  await writeFile(join(folder, "cut.jsonl"), exported.stdout.split("\n").slice(0, -2).join("\n"));
  expect([(await into("cut.jsonl")).code, existsSync(other.folder)]).toEqual([2, false]);
  expect((await into("memory.jsonl")).stdout).toContain("26 records");
  const taken = await json("import", "memory.jsonl", "--home", other.folder);
  expect(taken).toMatchObject({ scope: "main/runs", records: 26 });
  expect(await json("import", "memory.jsonl", "--home", other.folder)).toEqual(taken);
  const again = await say(["memory", "export", "--scope", "main/runs", "--home", other.folder], { cwd: folder });
  // All but the head, which names the export.
  expect(again.stdout.split("\n").slice(1).toSorted()).toEqual(exported.stdout.split("\n").slice(1).toSorted());

  await json("backup", "copy.db");
  expect((await readFile(join(folder, "copy.db"))).subarray(0, 15).toString()).toBe("SQLite format 3");
});

test("restores a backup into another home with its key, and finds what is damaged", async () => {
  const [copy, key] = [join(folder, "copy.db"), join(folder, ".brainops/memory.db.key")];
  const stats = (await json("stats")) as { records: Record<string, number> };
  const records = Object.values(stats.records).reduce((sum, count) => sum + count, 0);
  expect(await json("check")).toMatchObject({ ok: true, problems: [], records });
  expect(await json("check", "--file", copy)).toMatchObject({ ok: true, file: copy });
  const restored = homeIn(join(folder, "restored"), folder);
  expect(await json("restore", "copy.db", "--key", key, "--home", restored.folder)).toEqual({
    from: copy,
    to: restored.file,
  });
  // Nothing but the home has to be named from now on.
  expect(await json("stats", "--home", restored.folder)).toMatchObject({ records: stats.records });
  const again = await say(["memory", "restore", "copy.db", "--home", restored.folder], { cwd: folder });
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("exists already") as string });

  const bytes = await readFile(copy);
  // Every page but the first ones loses a byte.
  for (let at = 8 * 4096 + 2000; at < bytes.length; at += 4096) bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(join(folder, "damaged.db"), bytes);
  const damaged = await say(["memory", "check", "--file", "damaged.db"], { cwd: folder });
  expect(damaged.code).toBe(1);
  expect(damaged.stdout).toMatch(/damaged.db is damaged: \d+ problems?/);
  const refused = await say(["memory", "restore", "damaged.db", "--key", key, "--home", "none"], { cwd: folder });
  expect(refused).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("store_corrupt") as string });
  expect(existsSync(join(folder, "none"))).toBe(false);
  const locked = await say(["memory", "restore", "copy.db", "--home", "none"], { cwd: folder });
  expect(locked.stderr).toMatch(/There is no key in .*\[wrong_key\]/);
});

test("gets a new key, and is read with it as before; a rotation that was broken off goes on under the key it began with", async () => {
  const key = () => readFile(join(folder, ".brainops/memory.db.key"), "utf8");
  const [before, learning = ""] = [await key(), ids[1]];
  await writeFile(join(folder, ".brainops/memory.db.key.new"), `${"ab".repeat(32)}\n`);
  expect(await json("rotate-key")).toEqual({
    file: join(folder, ".brainops/memory.db"),
    keyFile: join(folder, ".brainops/memory.db.key"),
  });
  expect(await key()).toBe(`${"ab".repeat(32)}\n`);
  expect(before).not.toBe(await key());
  expect(await json("show", learning)).toMatchObject({ record: { id: learning } });
  expect(existsSync(join(folder, ".brainops/memory.db.key.new"))).toBe(false);
  // Broken off after the memory had the new key: it is opened by that one, until the change is over.
  await writeFile(join(folder, ".brainops/memory.db.key.new"), await key());
  await writeFile(join(folder, ".brainops/memory.db.key"), before);
  expect(await json("show", learning)).toMatchObject({ record: { id: learning } });
  expect(await json("check")).toMatchObject({ ok: true });
  await json("rotate-key");
  expect(await key()).toBe(`${"ab".repeat(32)}\n`);
});

test("lets another scope read this one, until it is taken back", async () => {
  const texts = async () =>
    ((await json("recall", "cold cache", "--scope", "other")) as unknown as { record: { text: string } }[]).map(
      ({ record }) => record.text,
    );
  expect(await texts()).toEqual([]);
  const { id } = (await json("share", "other", "--kinds", "learning", "--by", "Ann", "--reason", "same servers")) as {
    id: string;
  };
  expect(await texts()).toContain("Deploys time out when the cache is cold.");
  expect(await json("shares", "--scope", "other")).toMatchObject({
    given: [],
    taken: [{ id, from: "main", to: "other" }],
  });
  await json("unshare", id, "--by", "Ann", "--reason", "enough");
  expect(await texts()).toEqual([]);
});

test("forgets what one run did and remembered, and nothing of others", async () => {
  const before = (await json("stats")) as { records: { decision: number; learning: number } };
  expect(before.records.decision).toBe(1);
  expect(await json("forget", "--run", "r1", "--yes")).toMatchObject({ records: 1, runs: ["r1"] });
  const { records } = (await json("stats")) as typeof before;
  expect(records).toEqual({ ...before.records, decision: 0 });
  expect(await json("forget", "--all", "--scope", "main/nothing", "--yes")).toMatchObject({ records: 0, runs: [] });
});

test.each<[string, readonly string[], RegExp]>([
  ["a share with itself", ["share", "main", "--by", "x", "--reason", "y"], /holds 'main' already/],
  ["an unknown share", ["unshare", "nothing", "--by", "x", "--reason", "y"], /no share 'nothing'/],
  ["nothing to forget", ["forget", "--yes"], /Say what to forget/],
  ["two things to forget", ["forget", "--yes", "--record", "FIRST", "--subject", "x"], /Say what to forget/],
  ["everything of no scope", ["forget", "--yes", "--all"], /--scope SCOPE is missing/],
  ["an unknown record to forget", ["forget", "--yes", "--record", "nobody"], /no record 'nobody'/],
  ["an unknown record", ["why", "nobody"], /no record 'nobody' within 'main'.*\[not_found\]/],
  ["a record of another scope", ["show", "FIRST", "--scope", "main/runs"], /within 'main\/runs'.*\[not_found\]/],
  ["an unknown run", ["feedback", "good", "--run", "nobody", "--by", "x"], /no run 'nobody'.*\[not_found\]/],
  ["no target", ["feedback", "good", "--by", "x"], /either --run RUN or --record ID/],
  ["two targets", ["feedback", "good", "--by", "x", "--run", "r1", "--record", "y"], /either --run RUN or --record ID/],
  ["nobody", ["feedback", "good", "--record", "FIRST"], /--by NAME is missing/],
  ["another verdict", ["feedback", "fine", "--record", "FIRST", "--by", "x"], /VERDICT must be good or bad/],
  ["an unknown trust", ["feedback", "good", "--record", "FIRST", "--by", "x", "--trust", "god"], /--trust must be/],
  ["an unknown kind", ["merge", "--kinds", "learning,idea"], /no kind 'idea'/],
  ["a scope that is none", ["merge", "--scope", "a//b"], /A scope must be a path/],
  ["no limit", ["retain"], /would let everything go/],
  ["an age without a unit", ["retain", "--older-than", "90"], /such as 90d/],
  ["a file that is not there", ["import", "nowhere.jsonl"], /no file .*nowhere.jsonl/],
  ["a file of something else", ["import", ".brainops/.gitignore"], /Line 1 is not a line of JSON/],
  ["a backup over something", ["backup", ".brainops/memory.db"], /exists already/],
  ["a home without memory", ["stats", "--home", "nowhere"], /There is no memory in/],
  [
    "a memory to check that is not there",
    ["check", "--home", "nowhere"],
    /There is no memory .*nowhere.*\[not_found\]/,
  ],
])("%s is a clear error, exit code 2, and nothing is written", async (_, args, message) => {
  const before = await json("changes", "--limit", "1000");
  const named = args.map((arg) => (arg === "FIRST" ? (ids[0] ?? "") : arg));
  const { code, stdout, stderr } = await say(["memory", ...named], { cwd: folder });
  expect(stderr).toMatch(message);
  expect(stdout).toBe("");
  expect(code).toBe(2);
  expect(await json("changes", "--limit", "1000")).toEqual(before);
  expect(existsSync(join(folder, "nowhere"))).toBe(false);
});

test("every command says how it is used, and a person at a terminal sees colours", async () => {
  for (const name of "recall show why stats feedback merge consolidate retain forget export import backup restore check rotate-key changes share shares unshare".split(
    " ",
  )) {
    const { code, stdout } = await say(["memory", name, "--help"], { cwd: folder });
    expect([code, stdout]).toEqual([0, expect.stringContaining(`brainops memory ${name}: `)]);
  }
  const { stdout } = await say(["memory", "recall", "cold cache"], { cwd: folder, tty: true });
  expect(stdout).toContain("\u001b[");
});
