import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { git } from "../sample/git.ts";
import { start } from "../test-support/brainops.ts";
import { greeterGoal, greeterModel, greeterRepo } from "../test-support/greeter.ts";
import { say } from "../test-support/in-process.ts";
import { runsIn } from "../test-support/runs.ts";

const plugin = fileURLToPath(new URL("jobs.fixture.ts", import.meta.url));
const wait = { timeout: 40_000, interval: 100 };

test("goes on with a run whose process was killed, and with one that was answered, under its own guards", async () => {
  const folder = await mkdtemp(join(tmpdir(), "brainops-jobs-"));
  const home = join(folder, "home");
  const server = await greeterModel();
  const at = { cwd: folder, env: { BRAINOPS_LOCAL_URL: server.url } };
  const repos = [await greeterRepo(join(folder, "one")), await greeterRepo(join(folder, "two"))] as const;
  const run = (id: string, repo: string, ...more: string[]): string[] => {
    const given = ["run", "--home", home, "--id", id, "--repo", repo, "--goal", greeterGoal, "--test", "sh check.sh"];
    return [...given, "--json", ...more];
  };
  const serving: { end?: () => Promise<unknown>; close?: () => Promise<void> } = {};
  try {
    const asking = await say(run("asked", repos[1], "--plugin", plugin), at);
    expect(asking.code).toBe(3);
    const { questions } = JSON.parse(asking.stdout) as { questions: { id: string; text: string }[] };
    expect(questions).toMatchObject([{ text: expect.stringContaining("a release is for people") }]);

    const before = server.requests.length;
    const killed = start(run("killed", repos[0], "--lease", "1000"), at);
    // Planned, and about to edit.
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(before + 1), { ...wait, interval: 1 });
    killed.child.kill("SIGKILL");
    expect(await killed.ended).toMatchObject({ signal: "SIGKILL" });

    const serve = start(["serve", "--home", home, "--lease", "1000", "--json"], at);
    serving.end = async () => {
      serve.child.kill("SIGTERM");
      return serve.ended;
    };
    const runs = await runsIn(home);
    const status = runs.statuses;
    serving.close = runs.close;
    await vi.waitFor(async () => expect(await status()).toEqual({ asked: "open", killed: "completed" }), wait);
    expect(await git(repos[0], "show", "brainops/killed:greet.sh")).toContain("Hello, $1");
    // What was planned was not planned again.
    const plans = server.requests.slice(before).filter((request) => request.response_format !== undefined);
    expect(plans).toHaveLength(1);

    await say(["answer", "asked", questions[0]?.id ?? "", "yes", "--home", home], at);
    await vi.waitFor(async () => expect(await status()).toEqual({ asked: "completed", killed: "completed" }), wait);
    expect(await git(repos[1], "show", "brainops/asked:greet.sh")).toContain("Hello, $1");
    expect(await serving.end()).toMatchObject({ code: 0, signal: null });
  } finally {
    await serving.end?.();
    await serving.close?.();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 90_000);
