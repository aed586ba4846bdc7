import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { memoryStore } from "@brainops/core/testing";
import { commandTarget, deployer, folderTarget, type DeployerOptions, type Release } from "@brainops/nodes";
import { processAlive } from "../command/process-alive.ts";
import { runNode } from "../test-support/run-node.ts";
import { makeTill, type Till } from "../test-support/till.ts";

let dir = "";
let till: Till;
let store = memoryStore();
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "brainops-deploy-"));
  till = makeTill(dir);
  store = memoryStore();
});
afterEach(async () => {
  await till.service.stop();
  await rm(dir, { recursive: true, force: true });
});

async function deploy(more: Partial<DeployerOptions> = {}): Promise<Release> {
  const { repo, home, service } = till;
  const node = deployer({ repo, home, service, ...more });
  const { output, brain } = await runNode(node, { change: null, tests: null }, { store });
  await brain.close();
  return output.release;
}

async function serving(): Promise<unknown> {
  const answer = await fetch(`${await till.service.url()}/health`, { headers: { connection: "close" } });
  return ((await answer.json()) as { release: unknown }).release;
}

/** Asks without pause, half on connections kept open, half on new ones, until told to stop. */
function customers(url: string): { stop(): Promise<{ answered: number; lost: string[] }> } {
  const agent = new Agent({ keepAlive: true });
  const lost: string[] = [];
  let answered = 0;
  let open = true;
  const ask = (keep: boolean): Promise<void> =>
    new Promise((resolve) => {
      const call = get(`${url}/price`, { agent: keep ? agent : false }, (response) => {
        response.resume();
        response.on("end", () => {
          if (response.statusCode === 200) answered += 1;
          else lost.push(`HTTP ${response.statusCode}`);
          resolve();
        });
      });
      call.on("error", (error) => {
        lost.push(error.message);
        resolve();
      });
    });
  const lanes = [true, true, false].map(async (keep) => {
    while (open) {
      await ask(keep);
      await delay(2);
    }
  });
  return {
    async stop() {
      open = false;
      await Promise.all(lanes);
      agent.destroy();
      return { answered, lost };
    },
  };
}

describe("a release that follows another", () => {
  test("takes over while both listen, and no request is lost", async () => {
    till.commit("none");
    const first = await deploy();
    expect(first).toMatchObject({ ok: true, detail: "HTTP 200" });
    const old = await till.service.pid();
    const load = customers(await till.service.url());
    till.commit("none");
    const second = await deploy();
    const { answered, lost } = await load.stop();
    expect(second).toMatchObject({ ok: true, previous: first.id });
    expect(lost).toEqual([]);
    expect(answered).toBeGreaterThan(50);
    expect(await serving()).toBe(second.id);
    expect(processAlive(old ?? 0)).toBe(false);
    expect((await readdir(join(till.home, "run"))).filter((file) => file.endsWith(".pid"))).toHaveLength(1);
  });

  test.each([
    ["health lies", /^\d+ of \d+ requests failed, beside 0 of \d+ before$/],
    ["wrong version", /^release 0123456789ab answers, not/],
    ["hang on SIGTERM", /^it did not end within 300 ms/],
    ["alone when it is live", /EADDRINUSE/],
    ["mute when it is live", /^release \w+ answers, not \w+$/],
  ])("is not taken when it has this fault: %s", async (fault, said) => {
    till = makeTill(join(dir, "strict"), {
      stopMs: 300,
      health: { timeoutMs: 2_000, withinMs: 4_000 },
      // None of these is slow, and on a busy machine any of two processes may be.
      canary: { paths: ["/price"], requests: 150, maxSlower: 50 },
    });
    till.commit("none");
    const good = await deploy();
    const pid = await till.service.pid();
    till.commit(fault);
    const bad = await deploy();
    expect(bad).toMatchObject({ ok: false, rolledBack: true, previous: good.id });
    expect(bad.detail).toMatch(said);
    // The old process never went.
    expect(await till.service.pid()).toBe(pid);
    expect(await till.service.releases.current()).toBe(good.id);
    expect(await serving()).toBe(good.id);
    expect((await readdir(join(till.home, "run"))).filter((file) => file.endsWith(".pid"))).toHaveLength(1);
  });

  test("is remembered when it was bad, and not taken again unless that is asked for", async () => {
    till.commit("none");
    await deploy();
    till.commit("crash at boot");
    const first = await deploy();
    expect(first.detail).toContain("no licence");
    const again = await deploy();
    expect(again).toMatchObject({ ok: false, rolledBack: true });
    expect(again.detail).toMatch(/^not taken, because it was bad before: .*no licence.*force/);
    const forced = await deploy({ force: true });
    expect(forced.detail).not.toContain("bad before");
    expect(forced.ok).toBe(false);
  });

  test("is not tried when its migration fails", async () => {
    till = makeTill(join(dir, "migrating"), { migrate: ["node", "migrate.js"] });
    till.commit("none");
    const good = await deploy();
    till.commit("failing migration");
    expect((await deploy()).detail).toBe("the migration ended with 1: Error: column price exists already");
    expect(await serving()).toBe(good.id);
  });
});

describe("other targets", () => {
  test("a command takes the release, is told which, and goes back when its check fails", async () => {
    const log = join(dir, "log");
    const target = commandTarget({
      name: "site",
      prepare: ["sh", "-c", 'echo "prepare $RELEASE beside $BASELINE" >> "$LOG"'],
      take: ["sh", "-c", 'test -f "$RELEASE_DIR/server.js" && echo "take $RELEASE" >> "$LOG"'],
      check: ["sh", "-c", '! grep -q "wrong answers" fault.json || { echo "it says 404" >&2; exit 3; }'],
      env: { LOG: log },
    });
    till.commit("none");
    const good = await deploy({ target });
    expect(good).toMatchObject({ ok: true, url: null });
    till.commit("wrong answers");
    const bad = await deploy({ target });
    expect(bad).toMatchObject({ ok: false, rolledBack: true, detail: "sh: exit code 3: it says 404" });
    expect(await readFile(log, "utf8")).toBe(
      `prepare ${good.id} beside \ntake ${good.id}\nprepare ${bad.id} beside ${good.id}\ntake ${bad.id}\ntake ${good.id}\n`,
    );
  });

  test("a folder must hold its files", async () => {
    till.commit("none");
    const good = await deploy({ target: folderTarget({ files: ["server.js"] }) });
    expect(good).toMatchObject({ ok: true, detail: "no service to start" });
    till.commit("none");
    expect(await deploy({ target: folderTarget({ files: ["index.html"] }) })).toMatchObject({
      ok: false,
      rolledBack: true,
      detail: "the release has no index.html",
    });
    expect(await till.service.releases.current()).toBe(good.id);
  });
});
