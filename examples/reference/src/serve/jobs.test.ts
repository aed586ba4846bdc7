import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { git } from "../sample/git.ts";
import { start } from "../test-support/brainops.ts";
import { greeterGoal, greeterModel, greeterRepo } from "../test-support/greeter.ts";
import { say } from "../test-support/in-process.ts";
import type { ChatRequest } from "../test-support/model-server.ts";
import { runsIn } from "../test-support/runs.ts";

const plugin = fileURLToPath(new URL("jobs.fixture.ts", import.meta.url));
const wait = { timeout: 120_000, interval: 100 };

test("goes on with a run whose process was killed, with one that was answered, under its own guards, and with one that no model answered once one does", async () => {
  const folder = await mkdtemp(join(tmpdir(), "brainops-jobs-"));
  const home = join(folder, "home");
  const server = await greeterModel();
  const at = { cwd: folder, env: { BRAINOPS_LOCAL_URL: server.url } };
  const repos = await Promise.all(["one", "two", "three"].map((name) => greeterRepo(join(folder, name))));
  const run = (id: string, repo: string | undefined, ...more: string[]): string[] => {
    const on = ["--repo", repo ?? "", "--goal", greeterGoal, "--test", "sh check.sh"];
    const given = ["run", "--home", home, "--id", id, ...on];
    return [...given, "--json", ...more];
  };
  const serving: { end?: () => Promise<unknown>; close?: () => Promise<void> } = {};
  try {
    const asking = await say(run("asked", repos[1], "--plugin", plugin), at);
    expect(asking.code).toBe(3);
    const { questions } = JSON.parse(asking.stdout) as { questions: { id: string; text: string }[] };
    expect(questions).toMatchObject([{ text: expect.stringContaining("a release is for people") }]);

    // It was planned; then the vendor is down.
    const isPlan = (request: ChatRequest): boolean => request.response_format !== undefined;
    server.away = (request) => !isPlan(request);
    const unanswered = await say(run("failed", repos[2]), at);
    expect(unanswered.code).toBe(1);
    expect(JSON.parse(unanswered.stdout)).toMatchObject({ status: "failed", error: { code: "no_model" } });
    server.away = () => false;

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
    const ended = { killed: "completed", failed: "failed", "failed.try2": "completed" };
    await vi.waitFor(async () => expect(await status()).toMatchObject({ ...ended, asked: "open" }), wait);
    expect(await git(repos[0] ?? "", "show", "brainops/killed:greet.sh")).toContain("Hello, $1");
    // What was planned was not planned again, and what had failed began where it had come to.
    expect(server.requests.slice(before).filter(isPlan)).toHaveLength(1);
    expect(await git(repos[2] ?? "", "show", "brainops/failed:greet.sh")).toContain("Hello, $1");
    const { faults } = JSON.parse((await say(["report", "--home", home, "--json"], at)).stdout) as { faults: unknown };
    expect(faults).toMatchObject([{ healed: true, action: "fault.wait" }]);

    await say(["answer", "asked", questions[0]?.id ?? "", "yes", "--home", home], at);
    await vi.waitFor(async () => expect(await status()).toMatchObject({ ...ended, asked: "completed" }), wait);
    expect(Object.keys(await status()).filter((id) => id.startsWith("failed"))).toHaveLength(2);
    expect(await git(repos[1] ?? "", "show", "brainops/asked:greet.sh")).toContain("Hello, $1");
    expect(await serving.end()).toMatchObject({ code: 0, signal: null });
  } finally {
    await serving.end?.();
    await serving.close?.();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 360_000);
