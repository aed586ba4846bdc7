import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bugs } from "../sample/bugs.ts";
import { plant, sampleFolder } from "../sample/prepare.ts";
import { readFailures } from "./failures.ts";
import { repairs, wanted } from "./repair.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainops-repair-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function output(cwd: string, reporter: string, file: string): Promise<string> {
  return new Promise((done) => {
    const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...env } = process.env;
    execFile(
      process.execPath,
      ["--test", `--test-reporter=${reporter}`, file],
      { cwd, env, timeout: 10_000 },
      (_error, stdout) =>
        // As the tester gives it: paths relative to the repository.
        done(stdout.replaceAll(`file://${cwd}/`, "").replaceAll(`${cwd}/`, "")),
    );
  });
}

describe("the rules of the scripted model", () => {
  test.each(bugs.flatMap((bug) => ["spec", "tap"].map((reporter) => ({ bug, reporter, name: bug.name }))))(
    "find '$name' in the output of $reporter",
    async ({ bug, reporter }) => {
      const copy = join(folder, `${reporter}-${bug.name.replaceAll(" ", "-")}`);
      await cp(sampleFolder, copy, { recursive: true });
      await plant(copy, bug);
      const failures = readFailures(await output(copy, reporter, bug.shownBy.file));
      const texts = new Map<string, string>();
      for (let more = wanted(failures, texts); more.length > 0; more = wanted(failures, texts)) {
        for (const file of more) texts.set(file, await readFile(join(copy, file), "utf8"));
      }
      const [first] = repairs(failures, texts);
      const repaired = (texts.get(bug.file) ?? "").replace(first?.find ?? "", () => first?.replace ?? "");
      expect(first?.file).toBe(bug.file);
      expect(repaired).toBe(await readFile(join(sampleFolder, bug.file), "utf8"));
    },
  );

  test("have nothing to say where the output names no file", () => {
    expect(readFailures("1 test failed")).toEqual([]);
    expect(repairs([], new Map())).toEqual([]);
  });
});
