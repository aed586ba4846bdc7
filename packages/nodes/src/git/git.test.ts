import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkRepository } from "./check-repository.ts";
import { commitCount, commitTree } from "./commit.ts";
import { applyEdit, applyPatch, changedFiles, diffText } from "./edits.ts";
import { listFiles, readLines, searchText } from "./tree.ts";
import { cleanWorktree, ensureWorktree, removeWorktree } from "./worktree.ts";

let dir = "";
let repo = "";

function run(...args: string[]): string {
  return execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
    cwd: repo,
    encoding: "utf8",
  }).trim();
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "brainops-git-"));
  repo = join(dir, "repo");
  await mkdir(join(repo, "src"), { recursive: true });
  execFileSync("git", ["init", "-q", "-b", "main"], { cwd: repo });
  await writeFile(join(repo, "src/add.js"), "export function add(a, b) {\n  return a - b;\n}\n");
  await writeFile(join(repo, "README.md"), "# Sample\n");
  run("add", "-A");
  run("commit", "-q", "-m", "First");
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe("checkRepository", () => {
  test("tells root and head, and refuses what cannot be worked on", async () => {
    expect(await checkRepository(join(repo, "src"))).toEqual({ root: repo, head: run("rev-parse", "HEAD") });
    await writeFile(join(repo, "new.txt"), "x");
    await expect(checkRepository(repo)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("not committed (1)"),
    });
    await expect(checkRepository(dir)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("not in a git repository"),
    });
    await expect(checkRepository(join(dir, "none"))).rejects.toMatchObject({ code: "invalid_input" });
    const empty = join(dir, "empty");
    execFileSync("git", ["init", "-q", empty]);
    await expect(checkRepository(empty)).rejects.toMatchObject({ message: expect.stringContaining("no commit") });
    const bare = join(dir, "bare.git");
    execFileSync("git", ["init", "-q", "--bare", bare]);
    await expect(checkRepository(bare)).rejects.toMatchObject({ message: expect.stringContaining("bare repository") });
    await rm(join(repo, "new.txt"));
    run("branch", "brainops");
    const taken = { code: "invalid_input", message: expect.stringContaining("git branch -m brainops brainops-old") };
    await expect(checkRepository(repo)).rejects.toMatchObject(taken);
    await expect(ensureWorktree(repo, { dir: join(dir, "wt"), branch: "brainops/r" })).rejects.toMatchObject(taken);
  });
});

describe("a worktree", () => {
  test("leaves what Git LFS keeps elsewhere as the pointer that it is", async () => {
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    await writeFile(join(repo, ".gitattributes"), "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    await writeFile(join(repo, "model.bin"), pointer);
    run("add", "-A");
    run("commit", "-q", "-m", "Model");
    run("config", "filter.lfs.smudge", "there-is-no-such-program %f");
    run("config", "filter.lfs.required", "true");
    await ensureWorktree(repo, { dir: join(dir, "wt"), branch: "brainops/r1" });
    expect(await readFile(join(dir, "wt/model.bin"), "utf8")).toBe(pointer);
    expect(await cleanWorktree(join(dir, "wt"))).toBe(run("rev-parse", "HEAD"));
  });

  test("is made once, however often and wherever it is made again", async () => {
    const options = { dir: join(dir, "wt"), branch: "brainops/r1" };
    const first = await ensureWorktree(repo, options);
    await writeFile(join(repo, "later.txt"), "later");
    run("add", "-A");
    run("commit", "-q", "-m", "Later");
    expect(await ensureWorktree(repo, options)).toEqual(first);
    await rm(join(options.dir, ".git"));
    expect(await ensureWorktree(repo, options)).toEqual(first);
    expect(existsSync(join(options.dir, "src/add.js"))).toBe(true);
    expect(run("branch", "--show-current")).toBe("main");
    await removeWorktree(repo, options.dir);
    expect(run("worktree", "list").split("\n")).toHaveLength(1);
    expect(run("rev-parse", "brainops/r1")).toBe(first.base);
  });

  test("runs no hook of the repository", async () => {
    const marker = join(dir, "hooked");
    for (const hook of ["post-checkout", "pre-commit", "reference-transaction", "post-commit", "post-index-change"]) {
      await writeFile(join(repo, ".git/hooks", hook), `#!/bin/sh\ntouch ${marker}\n`);
      await chmod(join(repo, ".git/hooks", hook), 0o755);
    }
    const options = { dir: join(dir, "wt"), branch: "brainops/r1" };
    const { head } = await ensureWorktree(repo, options);
    const { tree } = await applyEdit(options.dir, head, { path: "new.txt", search: "", replace: "hello\n" });
    await commitTree(options.dir, { branch: options.branch, parent: head, tree, message: "Add", at: 0 });
    expect(existsSync(marker)).toBe(false);
  });

  test("is cleaned to its commit, but keeps what is ignored", async () => {
    const wt = join(dir, "wt");
    await writeFile(join(repo, ".gitignore"), "node_modules\n");
    run("add", "-A");
    run("commit", "-q", "-m", "Ignore");
    await ensureWorktree(repo, { dir: wt, branch: "b" });
    await mkdir(join(wt, "node_modules"));
    await writeFile(join(wt, "stray.txt"), "x");
    // As a process killed in the middle of git leaves it.
    await writeFile(join(repo, ".git/worktrees/wt/index.lock"), "");
    await writeFile(join(wt, "README.md"), "changed");
    expect(await cleanWorktree(wt)).toBe(run("rev-parse", "HEAD"));
    expect(existsSync(join(wt, "stray.txt"))).toBe(false);
    expect(existsSync(join(wt, "node_modules"))).toBe(true);
    expect(await readFile(join(wt, "README.md"), "utf8")).toBe("# Sample\n");
  });
});

describe("reading a tree", () => {
  test("reads lines, lists and searches", async () => {
    expect(await readLines(repo, "HEAD", "./src//add.js", { from: 2, to: 2 })).toEqual({
      path: "src/add.js",
      from: 2,
      lines: 3,
      content: "  return a - b;\n",
      more: true,
    });
    expect(await readLines(repo, "HEAD", "src/add.js", { max: 30 })).toMatchObject({
      content: "export function add(a, b) {\n",
      more: true,
    });
    expect(await listFiles(repo, "HEAD")).toEqual({ files: ["README.md", "src/add.js"], total: 2 });
    expect(await listFiles(repo, "HEAD", "src")).toEqual({ files: ["src/add.js"], total: 1 });
    expect(await searchText(repo, "HEAD", "RETURN a")).toEqual({
      matches: [{ path: "src/add.js", line: 2, text: "  return a - b;" }],
      total: 1,
    });
    expect(await searchText(repo, "HEAD", "nothing like it")).toEqual({ matches: [], total: 0 });
    // What is encoded otherwise is searched and patched, and never written back as what could be read of it.
    const latin = Buffer.from("name=caf\xe9\nprice=3\n", "latin1");
    await writeFile(join(repo, "latin.txt"), latin);
    run("add", "-A");
    run("commit", "-q", "-m", "Latin");
    const price = { path: "latin.txt", search: "price=3", replace: "price=4" };
    await expect(applyEdit(repo, "HEAD", price)).rejects.toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("apply_patch"),
    });
    const patch = "--- a/latin.txt\n+++ b/latin.txt\n@@ -2 +2 @@\n-price=3\n+price=4\n";
    const patched = await applyPatch(repo, "HEAD", patch);
    const bytes = execFileSync("git", ["show", `${patched.tree}:latin.txt`], { cwd: repo });
    expect(bytes).toEqual(Buffer.from("name=caf\xe9\nprice=4\n", "latin1"));
    // What stands in more places than can be taken in is found in some of them.
    await writeFile(join(repo, "big.txt"), `needle ${"x".repeat(200_000)}\n`.repeat(90));
    run("add", "-A");
    run("commit", "-q", "-m", "Big");
    const { matches } = await searchText(repo, "HEAD", "needle");
    expect(matches).toHaveLength(50);
    expect(matches[0]).toMatchObject({ path: "big.txt", line: 1 });
    await expect(readLines(repo, "HEAD", "big.txt")).rejects.toThrow("big.txt has 18000720 bytes");
  });

  test("never leaves the tree: no parents, no absolute paths, no links, no .git", async () => {
    await writeFile(join(dir, "secret.txt"), "secret");
    await symlink(join(dir, "secret.txt"), join(repo, "link.txt"));
    await symlink(dir, join(repo, "out"));
    run("add", "-A");
    run("commit", "-q", "-m", "Links");
    for (const path of ["../secret.txt", "/etc/passwd", ".git/config", "src/../../secret.txt", "SRC/.GIT/x"]) {
      await expect(readLines(repo, "HEAD", path), path).rejects.toMatchObject({ code: "invalid_input" });
    }
    await expect(readLines(repo, "HEAD", "link.txt")).rejects.toMatchObject({ code: "unsupported" });
    await expect(readLines(repo, "HEAD", "out/secret.txt")).rejects.toMatchObject({ code: "not_found" });
    await expect(applyEdit(repo, "HEAD", { path: "out/evil.txt", search: "", replace: "x" })).rejects.toMatchObject({
      code: "invalid_input",
    });
    await expect(applyEdit(repo, "HEAD", { path: "../evil.txt", search: "", replace: "x" })).rejects.toMatchObject({
      code: "invalid_input",
    });
  });

  test("takes a name with a newline as a name", async () => {
    await writeFile(join(repo, "a\nb.txt"), "odd\n");
    run("add", "-A");
    run("commit", "-q", "-m", "Odd");
    expect((await listFiles(repo, "HEAD")).files).toContain("a\nb.txt");
    expect(await readLines(repo, "HEAD", "a\nb.txt")).toMatchObject({ content: "odd\n" });
    expect(await searchText(repo, "HEAD", "odd")).toMatchObject({ matches: [{ path: "a\nb.txt", line: 1 }] });
  });
});

describe("a proposal", () => {
  test("becomes a tree, and then one commit, the same each time", async () => {
    const wt = join(dir, "wt");
    const { head, base } = await ensureWorktree(repo, { dir: wt, branch: "b" });
    const edited = await applyEdit(wt, head, { path: "src/add.js", search: "a - b", replace: "a + b" });
    expect(edited.files).toEqual(["src/add.js"]);
    expect(await applyEdit(wt, head, { path: "src/add.js", search: "a - b", replace: "a + b" })).toEqual(edited);
    const request = {
      branch: "b",
      parent: head,
      tree: edited.tree,
      message: "Add, not subtract\n\nWhy: it said so.",
      at: 1_700_000_000_000,
    };
    const commit = await commitTree(wt, request);
    expect(await commitTree(wt, request)).toBe(commit);
    expect(await readFile(join(wt, "src/add.js"), "utf8")).toContain("a + b");
    expect(run("log", "-1", "--format=%s|%at", "b")).toBe("Add, not subtract|1700000000");
    expect(await commitCount(repo, base, commit)).toBe(1);
    expect(await diffText(repo, base, commit)).toContain("+  return a + b;");
    await expect(commitTree(wt, { ...request, message: "Another" })).rejects.toMatchObject({ code: "conflict" });
    await expect(commitTree(wt, { ...request, message: " \n" })).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("makes new files, and says what is wrong with one that does not apply", async () => {
    const made = await applyEdit(repo, "HEAD", { path: "docs/new.md", search: "", replace: "new\n" });
    expect(made.files).toEqual(["docs/new.md"]);
    const path = "src/add.js";
    await expect(applyEdit(repo, "HEAD", { path, search: "", replace: "x" })).rejects.toMatchObject({
      message: expect.stringContaining("exists already"),
    });
    await expect(applyEdit(repo, "HEAD", { path, search: "nope", replace: "x" })).rejects.toMatchObject({
      code: "not_found",
    });
    await expect(applyEdit(repo, "HEAD", { path, search: "a", replace: "x" })).rejects.toMatchObject({
      message: expect.stringContaining("more than once"),
    });
    await expect(applyEdit(repo, "HEAD", { path, search: "a - b", replace: "a - b" })).rejects.toMatchObject({
      message: expect.stringContaining("changes nothing"),
    });
    await expect(applyEdit(repo, "HEAD", { path: "none.js", search: "a", replace: "b" })).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("as a unified diff is applied by git, wrong line counts included", async () => {
    const patch =
      "--- a/src/add.js\n+++ b/src/add.js\n@@ -1,9 +1,9 @@\n export function add(a, b) {\n-  return a - b;\n+  return a + b;\n }";
    const { tree, files } = await applyPatch(repo, "HEAD", patch);
    expect(files).toEqual(["src/add.js"]);
    expect(await readLines(repo, tree, "src/add.js")).toMatchObject({
      content: "export function add(a, b) {\n  return a + b;\n}\n",
    });
    await expect(applyPatch(repo, tree, patch)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("does not apply"),
    });
    await expect(applyPatch(repo, "HEAD", "no patch at all")).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("may not bring links or leave the tree", async () => {
    const link =
      "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n";
    await expect(applyPatch(repo, "HEAD", link)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("link"),
    });
    const out = "--- /dev/null\n+++ b/../evil.txt\n@@ -0,0 +1 @@\n+x\n";
    await expect(applyPatch(repo, "HEAD", out)).rejects.toMatchObject({ code: "invalid_input" });
    const hook = "--- /dev/null\n+++ b/.git/hooks/post-checkout\n@@ -0,0 +1 @@\n+x\n";
    await expect(applyPatch(repo, "HEAD", hook)).rejects.toMatchObject({ code: "invalid_input" });
    expect(await changedFiles(repo, "HEAD", "HEAD")).toEqual([]);
  });
});
