import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bugs, drawBug } from "./bugs.ts";
import { git } from "./git.ts";
import { plant, prepareSample, sampleFolder } from "./prepare.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainops-bugs-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Names of the tests that fail. */
function failing(cwd: string, ...files: readonly string[]): Promise<readonly string[]> {
  return new Promise((done) => {
    // The reporter of a parent that is a test itself must not be inherited.
    const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...env } = process.env;
    execFile(
      process.execPath,
      ["--test", "--test-reporter=tap", ...files],
      { cwd, env, timeout: 10_000 },
      (_error, stdout) => {
        done([...stdout.matchAll(/^not ok \d+ - (.*)$/gm)].map((match) => match[1] ?? ""));
      },
    );
  });
}

describe("the sample service", () => {
  test("passes its tests", async () => {
    expect(await failing(sampleFolder)).toEqual([]);
  });

  test.each(bugs)("'$name' is shown by its tests", async (bug) => {
    const copy = join(folder, bug.name.replaceAll(" ", "-"));
    await cp(sampleFolder, copy, { recursive: true });
    await plant(copy, bug);
    expect(await failing(copy, bug.shownBy.file)).toEqual(bug.shownBy.tests);
  });
});

describe("preparing the sample", () => {
  test("makes a clean repository, and does it once", async () => {
    const repo = join(folder, "repo");
    const bug = drawBug(1);
    const first = await prepareSample(repo, bug);
    await git(repo, "commit", "--allow-empty", "--message", "Later work");
    expect(await prepareSample(repo, bug)).toEqual(first);
    expect(await git(repo, "status", "--porcelain")).toBe("");
    expect(await git(repo, "rev-list", "--count", "HEAD")).toBe("2");
  });

  test("clears away what an interrupted try has left", async () => {
    const repo = join(folder, "again");
    await cp(join(sampleFolder, "src"), `${repo}.draft/src`, { recursive: true });
    await prepareSample(repo, drawBug(2));
    expect(await git(repo, "log", "--format=%s")).toBe("Open the stockroom");
  });
});

describe("drawing a bug", () => {
  test("a seed draws the same bug each time", () => {
    expect(drawBug(7)).toBe(drawBug(7));
  });

  test("every bug is drawn by some seed", () => {
    const drawn = new Set(Array.from({ length: 200 }, (_none, seed) => drawBug(seed).name));
    expect(drawn.size).toBe(bugs.length);
  });
});
