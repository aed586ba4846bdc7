import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { memoryStore } from "@brainops/core/testing";
import { deployer, localService, releases, type Release, type Service, type TestReport } from "@brainops/nodes";
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

  test("makes and switches release folders without a service", async () => {
    const node = deployer({ repo, home: join(dir, "plain"), keep: 1 });
    const { output, brain } = await runNode(node, { change: null, tests: null });
    await brain.close();
    expect(output.release).toMatchObject({ ok: true, url: null, detail: "no service to start" });
    expect(await releases({ repo, home: join(dir, "plain") }).current()).toBe(output.release.id);
  });
});
