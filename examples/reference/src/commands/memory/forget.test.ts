import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBrain, END, graph, START } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { homeIn } from "../../home.ts";
import { say } from "../../test-support/in-process.ts";

const cwd = mkdtempSync(join(tmpdir(), "brainops-erase-"));
const marker = "Ann wants her money back by Friday.";
const hear = graph({ name: "hear", state: z.object({ text: z.string() }) })
  .node("note", ({ text }, ctx) => {
    ctx.remember({ kind: "experience", text, subjects: ["ann"] });
    return {};
  })
  .edge(START, "note")
  .edge("note", END)
  .build();

beforeAll(async () => {
  const brain = await createBrain({ store: sqlite({ file: homeIn(undefined, cwd).file, notice: () => {} }) });
  await brain.run(hear, { text: marker }, { id: "r" });
  await brain.close();
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test("a journal is exported under a key, and read with that key alone", async () => {
  for (const [name, key] of [
    ["key", "a passphrase"],
    ["other", "another one"],
  ] as const)
    writeFileSync(join(cwd, name), `${key}\n`);
  const { code, stdout } = await say(["export", "r", "--key", "key"], { cwd });
  expect(code).toBe(0);
  expect(stdout).not.toContain(marker);
  writeFileSync(join(cwd, "sealed.jsonl"), stdout);
  const replayed = async (...more: string[]): Promise<string> =>
    (await say(["replay", "sealed.jsonl", "--json", ...more], { cwd })).stdout;
  expect(await replayed()).toContain("wrong_key");
  expect(await replayed("--key", "other")).toContain("wrong_key");
  expect(await replayed("--key", "nowhere")).toContain("not_found");
  // It opens; its graph is not one that `brainops` has.
  expect(await replayed("--key", "key")).toContain("unsupported");
});

test("erasing asks for a word more, and says what it did", async () => {
  const refused = await say(["memory", "forget", "--subject", "ann"], { cwd });
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("--yes")]);
  expect((await say(["export", "r"], { cwd })).stdout).toContain(marker);
  expect((await say(["memory", "forget", "--yes"], { cwd })).code).toBe(2);
  const { code, stdout } = await say(["memory", "forget", "--subject", "ann", "--yes"], { cwd });
  expect([code, stdout]).toEqual([0, "1 record erased, and the values of 3 entries of 1 run.\n"]);
  expect((await say(["export", "r"], { cwd })).stdout).not.toContain(marker);
  const again = await say(["memory", "forget", "--run", "r", "--yes", "--json"], { cwd });
  expect(JSON.parse(again.stdout)).toEqual({ records: 0, entries: 0, runs: [], mentions: [] });
});
