import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBrain, END, graph, START, type RunResult } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import {
  deployer,
  localService,
  releases,
  releaseSchema,
  type Probed,
  type Release,
  type Service,
  type TestReport,
} from "@brainops/nodes";
import { z } from "zod";
import { git } from "../git/git.ts";
import { ensureWorktree } from "../git/worktree.ts";
import { worktreeDir } from "../workspace.ts";
import { runNode } from "../test-support/run-node.ts";
import { commitFiles, makeRepository, shopFiles } from "../test-support/shop.ts";

let dir = "";
let repo = "";
let service: Service;
let store = memoryStore();
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "brainops-deployer-"));
  repo = join(dir, "repo");
  store = memoryStore();
  await makeRepository(repo);
  service = open(10_000);
});

/** The service; it may take so long to become healthy. */
function open(withinMs: number): Service {
  const home = join(dir, "home");
  return localService({
    name: "shop",
    command: ["node", "server.js"],
    config: { from: "config.json" },
    health: { timeoutMs: 1_000, withinMs },
    canary: { requests: 40 },
    stopMs: 200,
    home,
    releases: releases({ repo, home }),
  });
}
afterEach(async () => {
  await service.stop();
  await rm(dir, { recursive: true, force: true });
});

async function deploy(tests: TestReport | null = null): Promise<Release> {
  const { output, brain } = await runNode(
    deployer({ repo, home: join(dir, "home"), service }),
    { change: null, tests },
    { store },
  );
  await brain.close();
  return output.release;
}

async function served(): Promise<unknown> {
  const answer = await fetch(`${await service.url()}/health`, { headers: { connection: "close" } });
  return answer.json();
}

describe("the deployer", () => {
  test("releases, serves and remembers it; again changes nothing", async () => {
    const first = await deploy();
    expect(first).toMatchObject({ ok: true, previous: null, rolledBack: false, url: await service.url() });
    expect(await served()).toEqual({ ok: true, release: first.id });
    const again = await deploy();
    expect(again).toMatchObject({ id: first.id, ok: true, previous: null });
    const opened = await store.open();
    expect(await opened.records([first.record])).toMatchObject([{ record: { kind: "experience", trust: "test" } }]);
  });

  test.each([
    ["crashes at boot", 'throw new Error("no licence");\n', "no licence", 3_000],
    [
      "is not healthy",
      shopFiles["server.js"]?.replace("return response.end(JSON", "return response.writeHead(503).end(JSON") ?? "",
      "HTTP 503",
      3_000,
    ],
    [
      "never answers",
      'import { createServer } from "node:net";\ncreateServer(() => {}).listen(Number(process.env.PORT), "127.0.0.1");\n',
      "no answer within 1000 ms",
      3_000,
    ],
    ["listens elsewhere", "setInterval(() => {}, 1000);\n", "connection refused", 500],
  ])("puts the old release back when the new one %s", async (_what, server, said, withinMs) => {
    const first = await deploy();
    await commitFiles(repo, { "server.js": server }, "Break it");
    service = open(withinMs);
    const second = await deploy();
    expect(second).toMatchObject({ ok: false, rolledBack: true, previous: first.id });
    expect(second.detail).toContain(said);
    expect(await served()).toEqual({ ok: true, release: first.id });
    expect(await service.releases.current()).toBe(first.id);
    const opened = await store.open();
    expect(await opened.records([second.record])).toMatchObject([{ record: { kind: "error", trust: "outside" } }]);
  });

  test("stops a first release that is not healthy, since there is nothing to go back to", async () => {
    await commitFiles(repo, { "server.js": "setInterval(() => {}, 1000);\n" }, "Break it");
    service = open(500);
    expect(await deploy()).toMatchObject({ ok: false, rolledBack: false, previous: null });
    expect(await service.pid()).toBeNull();
  });

  test("releases nothing whose tests have not passed", async () => {
    const tests: TestReport = {
      passed: false,
      command: ["node", "--test"],
      commit: "c",
      exitCode: 1,
      timedOut: false,
      sandbox: "",
      total: 1,
      failed: 1,
      failures: [],
      output: "",
      record: "r",
    };
    await expect(deploy(tests)).rejects.toMatchObject({ code: "verify_failed" });
    expect(await service.releases.current()).toBeNull();
  });

  test("asks before it releases where that is wanted; a no leaves the branch alone, and is remembered with its reason", async () => {
    const plain = join(dir, "plain");
    const work = { repo, home: plain };
    const branch = "brainops/r1";
    const { base } = await ensureWorktree(repo, { dir: worktreeDir(work, branch), branch, start: "HEAD" });
    const change = {
      branch,
      base,
      commit: base,
      commits: 1,
      files: ["price.js"],
      summary: "Round prices down",
      record: "c",
    };
    const task = { id: "1", title: "Round down", detail: "", files: [], check: "", command: [], after: [] };
    const plan = {
      summary: "Round all prices",
      tasks: [{ ...task, risk: "high" as const, minutes: 1 }],
      estimate: { thoughtMs: 1, likelyMs: 1, atMostMs: 1, from: 0 },
      at: 0,
      record: "p",
    };
    const node = deployer({ ...work, approve: "risky" });
    const state = z.object({ release: releaseSchema.nullable().default(null) });
    const ask = graph({ name: "ask", state })
      .node("deploy", async (_, ctx) => ({
        release: (await node.run({ change, tests: null, plan, goal: "Fair prices" }, ctx)).release,
      }))
      .edge(START, "deploy")
      .edge("deploy", END)
      .build();
    const brain = await createBrain({ store, graphs: [ask] });
    try {
      const answer = async (id: string, said: string): Promise<RunResult<z.output<typeof state>>> => {
        const run = await brain.resume(id, ask);
        const [question] = run.status === "waiting" ? run.questions : [];
        await brain.answer(id, question?.id ?? "", said);
        return brain.resume(id, ask);
      };
      const id = "r1";
      expect(await brain.run(ask, {}, { id })).toMatchObject({
        status: "waiting",
        questions: [
          { text: expect.stringMatching(/Round prices down\b.*Of high risk: Round down\. Answer "release it"/s) },
        ],
      });
      // Neither yes nor no: asked again, and nothing is released by a slip.
      expect(await answer(id, "relese it")).toMatchObject({
        status: "waiting",
        questions: [{ text: expect.stringContaining('"relese it" is neither yes nor no') }],
      });
      expect(await answer(id, "Leave it: customers were promised whole cents.")).toMatchObject({
        status: "completed",
        state: {
          release: {
            ok: false,
            declined: true,
            detail: expect.stringContaining("customers were promised whole cents."),
          },
        },
      });
      expect(await releases(work).current()).toBeNull();
      expect(await readdir(join(plain, "releases"))).toEqual([]);
      expect(await git(repo, ["rev-parse", "--verify", branch], {})).toMatchObject({ exitCode: 0 });
      expect(existsSync(worktreeDir(work, branch))).toBe(false);
      const [found] = await brain.recall({ text: "round the prices of the shop", kinds: ["decision"] });
      expect(found?.record).toMatchObject({
        trust: "person",
        text: expect.stringMatching(
          /said no .*\. The reason: .*whole cents.*: Round all prices; Round prices down; to reach "Fair prices"/,
        ),
        data: { reason: "customers were promised whole cents.", branch },
      });
      expect(await brain.replay({ run: id })).toMatchObject({ equal: true });

      await brain.run(ask, {}, { id: "r2" });
      expect(await answer("r2", "release it")).toMatchObject({ state: { release: { ok: true } } });
      expect(await releases(work).current()).toBe(base.slice(0, 12));
    } finally {
      await brain.close();
    }
  });

  test.each([
    ["says nothing", undefined],
    ["says yes in its own way", { ok: "yes", ms: Number.NaN, detail: { code: 7 }, name: 7 }],
  ])("takes a target for ill that %s", async (_what, answer) => {
    const target = {
      name: "odd",
      url: (): Promise<string> => Promise.reject(new Error("nobody knows")),
      take: async () => answer as unknown as Probed,
      stop: async () => {},
    };
    const node = deployer({ repo, home: join(dir, "odd"), target });
    const { output, brain } = await runNode(node, { change: null, tests: null });
    await brain.close();
    expect(output.release).toMatchObject({ ok: false, url: null });
  });

  test("makes and switches release folders without a service", async () => {
    const node = deployer({ repo, home: join(dir, "plain"), keep: 1 });
    const { output, brain } = await runNode(node, { change: null, tests: null });
    await brain.close();
    expect(output.release).toMatchObject({ ok: true, url: null, detail: "no service to start" });
    expect(await releases({ repo, home: join(dir, "plain") }).current()).toBe(output.release.id);
  });
});
