import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBrain, END, graph, START } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import { expect, test, vi } from "vitest";
import { z } from "zod";
import { jobSchema, type Job } from "../job.ts";
import { git } from "../sample/git.ts";
import { teamOf } from "../team.ts";
import { start } from "../test-support/brainops.ts";
import { greeterBroken, greeterModel, greeterRepo, greeterWell } from "../test-support/greeter.ts";
import { say } from "../test-support/in-process.ts";
import { runsIn } from "../test-support/runs.ts";

const wait = { timeout: 60_000, interval: 200 };

test("what 'run' has released is watched: a service that dies is started again, and a test that fails on a new commit is mended by the Developer and released, once a person has said yes to its risk, and not when one has said no", async () => {
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

    const { child, ended: over } = start(["serve", "--home", home, "--watch", "200", "--json"], at);
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
    // Healing has looked after its remedy, too.
    await vi.waitFor(async () => expect((await report()).faults).toMatchObject([restarted]), wait);
    expect(await service.pid()).not.toBe(pid);
    expect(await report()).toMatchObject({ measures: { fixRate: 1, withoutHuman: 1 } });

    // Somebody breaks the code. The change is there, proven by a test; its plan says that its risk is high, so a person is
    // asked.
    const served = await service.releases.current();
    const asked = async (count: number): Promise<{ readonly id: string; answer(said: string): Promise<unknown> }> => {
      await vi.waitFor(async () => expect(await runs()).toHaveLength(count), wait);
      const [{ id } = { id: "" }] = (await runs()).filter(({ status }) => status === "open");
      await vi.waitFor(async () => expect(await seen.questions(id)).toHaveLength(1), wait);
      const questions = await seen.questions(id);
      expect(questions).toMatchObject([{ text: expect.stringContaining("Of high risk: Add the comma") }]);
      expect(await git(repo, "show", `brainops/${id}:greet.sh`)).toContain("Hello, $1");
      expect(await service.releases.current()).toBe(served);
      return { id, answer: (said) => say(["answer", id, questions[0]?.id ?? "", said, "--home", home], at) };
    };
    await commit(`${greeterBroken}# for the campaign\n`);
    const unwanted = await asked(1);
    await vi.waitFor(
      async () => expect((await report()).faults).toContainEqual(expect.objectContaining({ healed: false })),
      wait,
    );
    await unwanted.answer("leave it: not before the campaign is over");
    await vi.waitFor(async () => expect(await runs()).toMatchObject([{ id: unwanted.id, status: "completed" }]), wait);

    // On the same code nobody is asked again; on new code the reason is known.
    const before = server.requests.length;
    await commit(greeterBroken);
    const { id, answer } = await asked(2);
    const [plan] = server.requests.slice(before).filter((request) => request.response_format !== undefined);
    expect(JSON.stringify(plan?.messages)).toContain("The reason: not before the campaign is over");
    await answer("release it");
    await vi.waitFor(
      async () => expect((await runs()).map(({ status }) => status)).toEqual(["completed", "completed"]),
      wait,
    );
    const mended = (await git(repo, "rev-parse", `brainops/${id}`)).trim();
    expect(await service.releases.current()).toBe(mended.slice(0, 12));
    expect(await (await fetch(`${await service.url()}/`)).text()).toBe("Hello, Eve\n");
    // The tests that failed on HEAD pass on what runs now, so nothing is mended a second time; what was stopped rests.
    await service.stop();
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await runs()).toHaveLength(2);
    expect(await service.pid()).toBe(null);
    expect(await serving.end()).toMatchObject({ code: 0, signal: null });
  } finally {
    await serving.end?.();
    await serving.close?.();
    await service.stop();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 90_000);
