import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { git } from "../sample/git.ts";
import { greeterBroken, greeterGoal, greeterModel, greeterRepo } from "../test-support/greeter.ts";
import { say } from "../test-support/in-process.ts";
import type { ModelServer } from "../test-support/model-server.ts";

let folder: string;
let repo: string;
let server: ModelServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainops-run-"));
  repo = await greeterRepo(join(folder, "greeter"));
  server = await greeterModel();
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

test("carries a goal through a repository that nothing here knows, over HTTP", async () => {
  const env = { BRAINOPS_LOCAL_URL: server.url };
  const args = ["run", "--repo", repo, "--goal", greeterGoal, "--test", "sh check.sh", "--id", "comma"];
  const { code, stdout, stderr } = await say(args, { cwd: folder, env });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(stdout).toContain("Put a comma behind Hello.");
  expect(stdout).toMatch(/4 model calls \(local 4\)/);

  // The work is a branch; the working copy is as it was.
  expect(await git(repo, "show", "brainops/comma:greet.sh")).toBe(
    greeterBroken.replace("Hello $1", "Hello, $1").trimEnd(),
  );
  expect(readFileSync(join(repo, "greet.sh"), "utf8")).toBe(greeterBroken);
  expect(await git(repo, "status", "--porcelain")).toBe("");

  // Everything again from the journal, with the server gone and no key anywhere.
  const asked = server.requests.length;
  await server.close();
  const replayed = await say(["replay", "comma", "--json"], { cwd: folder });
  expect(JSON.parse(replayed.stdout)).toMatchObject({ run: "comma", equal: true, status: "completed" });
  expect(server.requests.length).toBe(asked);

  // A resume of what has ended shows its end, and does nothing.
  const again = await say(["resume", "comma", "--json"], { cwd: folder, env });
  expect(JSON.parse(again.stdout)).toMatchObject({ run: "comma", outcome: "done" });
  const other = await say(["run", "--repo", repo, "--goal", "Another", "--test", "sh check.sh", "--id", "comma"], {
    cwd: folder,
    env,
  });
  expect(other.code).toBe(2);
  expect(other.stderr).toMatch(/There is a run 'comma' already.*\[conflict\]/);
  const found = await say(["memory", "recall", "comma", "--json"], { cwd: folder });
  expect(found.stdout).toContain("Add the missing comma.");
});

test("a model that fails fails the run, which says so and can be looked at", async () => {
  const env = { BRAINOPS_LOCAL_URL: server.url };
  const args = ["run", "--repo", repo, "--goal", "Something else", "--test", "sh check.sh", "--id", "other", "--json"];
  const { code, stdout } = await say(args, { cwd: folder, env });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ run: "other", status: "failed", error: { code: "no_model" } });
  expect((await say(["show", "other"], { cwd: folder })).stdout).toMatch(/✗ planner/);
});

test("a home that was there before is left as it is, and a key is said aloud beside the JSON", async () => {
  const env = { BRAINOPS_LOCAL_URL: server.url };
  const home = await mkdtemp(join(folder, "home-"));
  const args = ["run", "--repo", repo, "--goal", greeterGoal, "--test", "sh check.sh", "--home", home, "--json"];
  const { code, stdout, stderr } = await say(args, { cwd: folder, env });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: "done" });
  expect(stderr).toMatch(/made a key for this store: .*memory\.db\.key/);
  expect(existsSync(join(home, ".gitignore"))).toBe(false);
});

test("a home inside of the repository does not make it dirty", async () => {
  const env = { BRAINOPS_LOCAL_URL: server.url };
  const args = ["run", "--repo", ".", "--goal", greeterGoal, "--test", "sh check.sh", "--json"];
  for (const _time of [1, 2]) expect((await say(args, { cwd: repo, env })).code).toBe(0);
  expect(await git(repo, "status", "--porcelain")).toBe("");
});

test("a service is released, goes on running after the run, and can be stopped", async () => {
  const env = { BRAINOPS_LOCAL_URL: server.url };
  const args = ["run", "--repo", repo, "--goal", greeterGoal, "--test", "sh check.sh", "--id", "served", "--json"];
  const serve = ["--serve", "node server.mjs", "--health", "/well"];
  const { code, stdout } = await say([...args, ...serve], { cwd: folder, env });
  try {
    expect(code).toBe(0);
    const { url } = (JSON.parse(stdout) as { reached: { release: { url: string } } }).reached.release;
    // It serves the repaired greeting: the release is the branch, not the working copy.
    expect(await (await fetch(url, { headers: { connection: "close" } })).text()).toBe("Hello, Eve\n");
  } finally {
    const stopped = await say(["stop", "served", "--json"], { cwd: folder });
    expect(JSON.parse(stopped.stdout)).toMatchObject({ run: "served", stopped: expect.any(Number) as number });
  }
  const again = await say(["stop", "served"], { cwd: folder });
  expect(again.stdout).toBe("It was not running.\n");
});
