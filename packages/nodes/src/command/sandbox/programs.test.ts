import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findProgram, programFolders } from "./programs.ts";

let home = "";
const before = process.env["HOME"];
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "brainops-programs-")));
  process.env["HOME"] = home;
});
afterEach(() => {
  process.env["HOME"] = before;
  rmSync(home, { recursive: true, force: true });
});

function program(path: string): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "#!/bin/sh\n", { mode: 0o755 });
  return file;
}

test("of a program, its installation is seen, but never a home folder, nor what lies beside keys and tokens", () => {
  expect(programFolders(program("tools/go/bin/go"))).toEqual([join(home, "tools/go"), join(home, "tools/go/bin")]);
  expect(programFolders(program("app/node_modules/@a/b/cli.js"))).toContain(join(home, "app/node_modules/@a/b"));
  expect(programFolders(program("bin/mine"))).toEqual([join(home, "bin")]);
  expect(programFolders(program(".cargo/bin/cargo"))).toEqual([join(home, ".cargo/bin")]);
  expect(programFolders(program(".local/bin/tool"))).toEqual([join(home, ".local/bin")]);
  expect(programFolders("/bin/sh")).toEqual([]);
});

test("a folder on PATH that is not absolute is no place to look: the repository decides what lies in it", () => {
  program("repo/bin/git");
  const near = relative(process.cwd(), join(home, "repo/bin"));
  expect(findProgram("git", join(home, "repo"), `bin:.:${near}`)).toBeUndefined();
  expect(findProgram("git", home, join(home, "repo/bin"))).toBe(join(home, "repo/bin/git"));
  expect(findProgram("./bin/git", join(home, "repo"), "")).toBe(join(home, "repo/bin/git"));
});
