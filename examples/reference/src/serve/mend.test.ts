import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBrain, END, graph, plugin, START, type BrainOpsError } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { sqlite } from "@brainops/memory-sqlite";
import { releases } from "@brainops/nodes";
import { chain, local } from "@brainops/providers";
import { expect, test, vi } from "vitest";
import { z } from "zod";
import { homeIn } from "../home.ts";
import { jobSchema, type Job } from "../job.ts";
import { git } from "../sample/git.ts";
import { teamOf } from "../team.ts";
import { start } from "../test-support/brainops.ts";
import { greeterBroken, greeterModel, greeterRepo, greeterWell } from "../test-support/greeter.ts";
import { say } from "../test-support/in-process.ts";
import { runsIn } from "../test-support/runs.ts";
import { workGraph } from "../work-graph.ts";
import { mendBy } from "./mend.ts";

const wait = { timeout: 60_000, interval: 250 };
/** A report reads every journal. */
const rarely = { ...wait, interval: 500 };

test("what 'run' has released is watched: a service that dies is started again, and a test that fails on a new commit is mended by the Developer and released, once a person has said yes to its risk", async () => {
  const folder = await mkdtemp(join(tmpdir(), "brainops-mend-"));
  const home = join(folder, "home");
  const server = await greeterModel("Mend what is broken in the code", "high");
  const at = { cwd: folder, env: { BRAINOPS_LOCAL_URL: server.url } };
  const repo = await greeterRepo(join(folder, "greeter"));
  const commit = async (text: string): Promise<void> => {
    await writeFile(join(repo, "greet.sh"), text);
    await git(repo, "commit", "--quiet", "--all", "--message", "Change the greeting");
  };
  const job: Job = {
    kind: "run",
    repo,
    work: join(home, "work", "greeter"),
    model: "environment",
    test: "sh check.sh",
    service: { name: "greeter", command: [process.execPath, "server.mjs"], health: "/well" },
  };
  const { service } = teamOf(job);
  if (service === undefined) throw new Error("There is no service.");
  const serving: { end?: () => Promise<unknown>; close?: () => Promise<void> } = {};
  try {
    // A run that has ended, as 'brainops run' leaves one, with its service released; its tests pass.
    await commit(greeterWell);
    const ended = graph({ name: "run", version: "1", state: z.object({ goal: z.string(), job: jobSchema }) })
      .node("done", () => ({}))
      .edge(START, "done")
      .edge("done", END)
      .build();
    const brain = await createBrain({ store: sqlite({ file: join(home, "memory.db") }), graphs: [ended] });
    await brain.run(ended, { goal: "Greet", job });
    await brain.close();
    await service.releases.switchTo(await service.releases.make("HEAD"));
    await service.start("first");
    expect((await service.waitHealthy()).ok).toBe(true);
    await service.keepGood();

    const { child, ended: over } = start(["serve", "--home", home, "--watch", "300", "--json"], at);
    const health = new Promise<string>((resolve) =>
      child.stdout?.once("data", (said: string) => resolve((JSON.parse(said) as { serving: string }).serving)),
    );
    serving.end = async () => {
      child.kill("SIGTERM");
      return over;
    };
    const seen = await runsIn(home);
    serving.close = seen.close;
    const runs = async (): Promise<{ id: string; status: string | undefined }[]> => {
      const statuses = await seen.statuses();
      const ids = Object.keys(statuses).filter((id) => id.startsWith("mend-"));
      return ids.map((id) => ({ id, status: statuses[id] }));
    };
    const report = async (): Promise<{ faults: object[]; measures: object }> =>
      JSON.parse((await say(["report", "--home", home, "--json"], at)).stdout);
    const pid = (await service.pid()) ?? 0;
    await vi.waitFor(
      async () => expect(await (await fetch(await health)).json()).toMatchObject({ watched: ["greeter"] }),
      wait,
    );
    process.kill(pid, "SIGKILL");
    const restarted = { healed: true, action: "service.restart" };
    const other = async (): Promise<boolean> => ![null, pid].includes(await service.pid());
    await vi.waitFor(async () => expect(await other()).toBe(true), wait);
    // Healing has looked after its remedy, too.
    await vi.waitFor(async () => expect((await report()).faults).toMatchObject([restarted]), rarely);
    expect(await report()).toMatchObject({ measures: { fixRate: 1, withoutHuman: 1 } });

    // Somebody breaks the code.
    await commit(greeterBroken);
    // The change is there, proven by a test; its plan says that its risk is high, so it waits for a person.
    await vi.waitFor(async () => expect(await runs()).toHaveLength(1), wait);
    const [{ id } = { id: "" }] = await runs();
    await vi.waitFor(async () => expect(await seen.questions(id)).toHaveLength(1), wait);
    await vi.waitFor(
      async () => expect((await report()).faults).toContainEqual(expect.objectContaining({ healed: false })),
      rarely,
    );
    expect(await git(repo, "show", `brainops/${id}:greet.sh`)).toContain("Hello, $1");
    const before = await service.releases.current();
    const [question] = await seen.questions(id);
    expect(question?.text).toContain("Of high risk: Add the comma");
    await say(["answer", id, question?.id ?? "", "release it", "--home", home], at);

    await vi.waitFor(async () => expect(await runs()).toMatchObject([{ id, status: "completed" }]), wait);
    const end = JSON.parse((await say(["resume", id, "--home", home, "--json"], at)).stdout) as { outcome: string };
    expect(end).toMatchObject({ outcome: "done" });
    const mended = (await git(repo, "rev-parse", `brainops/${id}`)).trim();
    expect(await service.releases.current()).toBe(mended.slice(0, 12));
    expect(before).not.toBe(mended.slice(0, 12));
    expect(await (await fetch(`${await service.url()}/`)).text()).toBe("Hello, Eve\n");
    // The tests that failed on HEAD pass on what runs now, so nothing is mended a second time; what was stopped rests.
    await service.stop();
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(await runs()).toHaveLength(1);
    expect(await service.pid()).toBe(null);
    expect(await serving.end()).toMatchObject({ code: 0, signal: null });
  } finally {
    await serving.end?.();
    await serving.close?.();
    await service.stop();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);

test("after a no, nobody is asked again on the same code; on new code the reason is known, and the change is wanted", async () => {
  const folder = await mkdtemp(join(tmpdir(), "brainops-no-"));
  const server = await greeterModel("Mend the greeting", "high");
  const repo = await greeterRepo(join(folder, "greeter"));
  const home = homeIn(join(folder, "home"), folder);
  const work = join(home.folder, "work");
  const job: Job = { kind: "run", repo, work, model: "environment", test: "sh check.sh", approve: "risky" };
  const team = teamOf(job);
  const runs = plugin({ name: "runs", setup: (registrar) => registrar.graph(workGraph(team)) });
  const model = chain([local({ baseUrl: server.url, model: "script-1" })]);
  const brain = await createBrain({ store: memoryStore(), model, plugins: [team, runs] });
  const mend = mendBy(brain, job, home);
  const mending = (): Promise<boolean> =>
    mend({ goal: "Mend the greeting of Ada", key: "k", signal: AbortSignal.timeout(60_000) });
  /** Mends up to where a person is asked, and answers. */
  const answered = async (said: string): Promise<string> => {
    const { code, message } = await mending().then(
      () => ({ code: "done", message: "" }),
      (error: BrainOpsError) => error,
    );
    expect({ code, message }).toEqual({ code: "action_failed", message: expect.stringContaining("waits for a yes") });
    const [, id = "", question = ""] = / answer (\S+) (\S+) ANSWER/.exec(message) ?? [];
    await brain.answer(id, question, said);
    const status = async (): Promise<unknown> => (await brain.runs()).find((run) => run.id === id)?.status;
    await vi.waitFor(async () => expect(await status()).toBe("completed"), wait);
    return id;
  };
  try {
    brain.work();
    const id = await answered("leave it: not before the campaign is over");
    const no = { code: "denied", message: expect.stringContaining("not before the campaign is over") as string };
    await expect(mending()).rejects.toMatchObject(no);
    expect(await git(repo, "show", `brainops/${id}:greet.sh`)).toContain("Hello, $1");
    expect(await releases({ repo, home: work }).current()).toBe(null);
    const before = server.requests.length;
    await expect(mending()).rejects.toMatchObject(no);
    expect(server.requests).toHaveLength(before);

    await writeFile(join(repo, "greet.sh"), `${greeterBroken}# the campaign is over\n`);
    await git(repo, "commit", "--quiet", "--all", "--message", "After the campaign");
    expect(await answered("release it")).not.toBe(id);
    const [plan] = server.requests.slice(before);
    expect(JSON.stringify(plan?.messages)).toContain("The reason: not before the campaign is over");
    // The same test was broken and mended before: that makes it no test that fails by chance.
    expect(await mending()).toBe(true);
    expect(await releases({ repo, home: work }).current()).not.toBe(null);
  } finally {
    await brain.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 90_000);
