import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Action } from "@brainops/core";
import {
  localService,
  releases,
  serviceActions,
  serviceProbe,
  type Releases,
  type Service,
  type ServiceOptions,
} from "@brainops/nodes";
import { processAlive } from "../command/process-alive.ts";
import { commitFiles, makeRepository, shopFiles } from "../test-support/shop.ts";

let dir = "";
let repo = "";
let home = "";
let folders: Releases;
let service: Service;
const signal = AbortSignal.timeout(60_000);

function open(more: Partial<ServiceOptions> = {}): Service {
  return localService({
    name: "shop",
    command: ["node", "server.js"],
    config: { from: "config.json" },
    health: { timeoutMs: 400, withinMs: 4_000 },
    stopMs: 300,
    home,
    releases: folders,
    ...more,
  });
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "brainops-service-"));
  repo = join(dir, "repo");
  home = join(dir, "home");
  await makeRepository(repo);
  folders = releases({ repo, home });
  service = open();
});
afterEach(async () => {
  await service.stop();
  await rm(dir, { recursive: true, force: true });
});

test("while a release is being taken, that the service is away is no fault; whoever was killed over it does not hide one for long", async () => {
  const late =
    'setTimeout(async () => (await import("node:http")).createServer((_, answer) => answer.end("ok")).listen(process.env.PORT, "127.0.0.1"), 400);\n';
  await commitFiles(repo, { "late.js": late }, "Late");
  service = open({ command: ["node", "late.js"] });
  await folders.switchTo(await folders.make("HEAD"));
  // As another process sees it.
  const probe = serviceProbe(open({ command: ["node", "late.js"] }));
  expect(await probe.check(signal)).toMatchObject({ ok: false });
  let over = false;
  const taken = service.take("first", signal).finally(() => (over = true));
  await expect.poll(async () => (await probe.check(signal)).detail, { interval: 10 }).toBe("a release is being taken");
  while (!over) expect(await probe.check(signal)).toMatchObject({ ok: true });
  expect(await taken).toMatchObject({ ok: true });
  process.kill((await service.pid()) ?? 0, "SIGKILL");
  await expect.poll(async () => (await probe.check(signal)).ok, { interval: 10 }).toBe(false);
  await writeFile(join(home, "run/shop.taking"), String(Date.now() - 1));
  expect(await probe.check(signal)).toMatchObject({ ok: false });
});

describe("releases", () => {
  test("hold files whose names are no UTF-8, protected as all others", async () => {
    const name = Buffer.concat([Buffer.from(join(repo, "caf")), Buffer.from([0xe9]), Buffer.from(".txt")]);
    await writeFile(name, "x");
    execFileSync("git", ["add", "-A"], { cwd: repo });
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "Name"], {
      cwd: repo,
    });
    const at = await folders.dir(await folders.make("HEAD"));
    const [file] = (await readdir(Buffer.from(at), { encoding: "buffer" })).filter((each) => each.includes(0xe9));
    expect((await stat(Buffer.concat([Buffer.from(`${at}/`), file ?? Buffer.from("")]))).mode & 0o222).toBe(0);
  });

  test("are made once, cannot be written, and switch by a link", async () => {
    const first = await folders.make("HEAD");
    expect(await folders.make("HEAD")).toBe(first);
    const file = join(await folders.dir(first), "price.js");
    expect((await stat(file)).mode & 0o222).toBe(0);
    await folders.switchTo(first);
    await commitFiles(repo, { "new.txt": "new" }, "Second");
    const second = await folders.make("HEAD");
    await folders.switchTo(second);
    await folders.switchTo(second);
    expect(await folders.current()).toBe(second);
    expect(await folders.previous()).toBe(first);
    expect(await readlink(join(home, "current"))).toBe(`releases/${second}`);
    expect(existsSync(join(home, "current/new.txt"))).toBe(true);
    await expect(folders.switchTo("../../etc")).rejects.toMatchObject({ code: "not_found" });
    await expect(folders.switchTo("0000000")).rejects.toMatchObject({ code: "not_found" });
  });

  test("are pruned, but never the current and the previous one", async () => {
    const made = [];
    for (let i = 0; i < 4; i++) {
      await commitFiles(repo, { "n.txt": String(i) }, `Commit ${i}`);
      made.push(await folders.make("HEAD"));
    }
    await folders.switchTo(made[0] ?? "");
    await folders.switchTo(made[1] ?? "");
    expect(await folders.prune(1)).toEqual([made[2]]);
    expect((await readdir(join(home, "releases"))).sort()).toEqual(
      [made[0], made[1], made[3]].toSorted((a = "", b = "") => a.localeCompare(b)),
    );
  });

  test("leave nothing behind when the set-up fails", async () => {
    const failing = releases({ repo, home, setup: ["node", "-e", "console.error('no network'); process.exit(1)"] });
    await expect(failing.make("HEAD")).rejects.toMatchObject({
      code: "command_failed",
      message: expect.stringContaining("no network"),
    });
    expect(await readdir(join(home, "releases"))).toEqual([]);
    const preparing = releases({ repo, home, setup: ["node", "-e", "require('fs').writeFileSync('made.txt', 'x')"] });
    expect(existsSync(join(await preparing.dir(await preparing.make("HEAD")), "made.txt"))).toBe(true);
  });
});

describe("a service", () => {
  test("starts once for one key, and anew for another", async () => {
    await folders.switchTo(await folders.make("HEAD"));
    const [first, again] = [await service.start("a"), await open().start("a")];
    expect(again).toBe(first);
    expect(await service.waitHealthy()).toMatchObject({ ok: true, detail: "HTTP 200" });
    const second = await service.start("b");
    expect(second).not.toBe(first);
    expect(processAlive(first)).toBe(false);
    expect(await service.pid()).toBe(second);
    await service.stop();
    expect(await service.pid()).toBeNull();
    expect(await service.probe()).toMatchObject({ ok: false, detail: expect.stringContaining("not running") });
  });

  test("runs on when the process that started it is killed", async () => {
    const release = await folders.make("HEAD");
    await folders.switchTo(release);
    const script = `
      import { localService, releases } from "@brainops/nodes";
      const home = ${JSON.stringify(home)};
      const folders = releases({ repo: ${JSON.stringify(repo)}, home });
      const service = localService({ name: "shop", command: ["node", "server.js"], config: { from: "config.json" }, home, releases: folders });
      await service.start("k");
      await service.waitHealthy();
      console.log("up");
      setInterval(() => {}, 1000);`;
    const starter = spawn(process.execPath, ["--conditions=@brainops/source", "--input-type=module", "-e", script], {
      cwd: import.meta.dirname,
    });
    await new Promise((resolve, reject) => {
      starter.stdout.once("data", resolve);
      starter.stderr.on("data", (data: Buffer) => reject(new Error(String(data))));
    });
    starter.kill("SIGKILL");
    await new Promise((resolve) => starter.once("exit", resolve));
    expect(await service.probe()).toMatchObject({ ok: true });
    // What it says may hold anything: its log is for its owner alone.
    expect((await stat(join(home, "logs/shop.log"))).mode & 0o777).toBe(0o600);
    const pid = await service.pid();
    expect(await service.start("k")).toBe(pid);
  });

  test("says what went wrong when it ends at once, and does not wait for it", async () => {
    await commitFiles(repo, { "server.js": 'console.error("Error: no licence");\nprocess.exit(3);\n' }, "Break");
    await folders.switchTo(await folders.make("HEAD"));
    service = open({ health: { withinMs: 60_000 } });
    await service.start("a");
    await expect.poll(() => service.pid()).toBeNull();
    expect(await service.waitHealthy()).toMatchObject({
      ok: false,
      detail: "the process is not running; it said: Error: no licence",
    });
  });

  test("is killed when it does not stop by itself", async () => {
    await commitFiles(repo, { "server.js": `process.on("SIGTERM", () => {});\n${shopFiles["server.js"]}` }, "Deaf");
    await folders.switchTo(await folders.make("HEAD"));
    const pid = await service.start("a");
    expect((await service.waitHealthy()).ok).toBe(true);
    await service.stop();
    expect(processAlive(pid)).toBe(false);
  });

  test("refuses a port that is taken", async () => {
    const other = createServer((_request, response) => response.end("stranger"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    try {
      await folders.switchTo(await folders.make("HEAD"));
      service = open({ port });
      await expect(service.start("a")).rejects.toMatchObject({
        code: "invalid_input",
        message: expect.stringContaining("is taken"),
      });
      expect((await service.probe()).ok).toBe(false);
    } finally {
      other.close();
    }
  });

  test("needs a release, and a name that is a name", async () => {
    await expect(service.start("a")).rejects.toMatchObject({ code: "not_found" });
    expect(() => open({ name: "../shop" })).toThrow(expect.objectContaining({ code: "invalid_input" }));
  });
});

describe("the actions on a service", () => {
  let actions: readonly Action[];
  beforeEach(async () => {
    actions = serviceActions({ service });
    await folders.switchTo(await folders.make("HEAD"));
    await service.start("start");
    await service.waitHealthy();
    await service.config?.keepGood();
  });
  const args = { service: "shop" };

  function named(name: string): Action {
    const found = actions.find((each) => each.name === name);
    if (found === undefined) throw new Error(`no action ${name}`);
    return found;
  }

  test("propose themselves for this service alone", () => {
    const fault = { source: "probe", text: "down" } as const;
    for (const each of actions) {
      expect(each.propose?.({ ...fault, subject: "shop" })).toEqual([args]);
      expect(each.propose?.({ ...fault, subject: "stock" })).toEqual([]);
    }
    expect(actions.map(({ name, risk }) => [name, risk])).toEqual([
      ["service.restart", "low"],
      ["service.restore-config", "medium"],
      ["release.rollback", "high"],
    ]);
  });

  test("restart a stuck process", async () => {
    const stuck = (await service.pid()) ?? 0;
    process.kill(stuck, "SIGSTOP");
    const restart = named("service.restart");
    const call = { signal, key: "r1" };
    const applied = await restart.apply(args, call);
    expect(await restart.apply(args, call)).toEqual(applied);
    expect(await restart.verify?.(args, call)).toBe(true);
    expect(processAlive(stuck)).toBe(false);
    await expect(restart.apply({ service: "stock" }, call)).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("restore the last good configuration, once for a key, and take it back", async () => {
    const file = service.config?.file ?? "";
    const good = readFileSync(file, "utf8");
    const restore = named("service.restore-config");
    await expect(restore.apply(args, { signal, key: "c0" })).rejects.toMatchObject({ code: "action_failed" });
    await writeFile(file, "poison");
    const call = { signal, key: "c1" };
    const applied = await restore.apply(args, call);
    expect(await restore.apply(args, call)).toEqual(applied);
    expect(readFileSync(file, "utf8")).toBe(good);
    expect(await restore.verify?.(args, call)).toBe(true);
    await restore.undo?.(args, applied, { signal, key: "c2" });
    expect(readFileSync(file, "utf8")).toBe("poison");
  });

  test("roll back to the release before, once for a key, and take it back", async () => {
    const rollback = named("release.rollback");
    await expect(rollback.apply(args, { signal, key: "b0" })).rejects.toMatchObject({ code: "action_failed" });
    const first = await folders.current();
    await commitFiles(repo, { "new.txt": "new" }, "Second");
    const second = await folders.make("HEAD");
    await folders.switchTo(second);
    const call = { signal, key: "b1" };
    const applied = await rollback.apply(args, call);
    expect(await rollback.apply(args, call)).toEqual(applied);
    expect(applied).toEqual({ from: second, to: first });
    expect(await folders.current()).toBe(first);
    expect(await rollback.verify?.(args, call)).toBe(true);
    await rollback.undo?.(args, applied, { signal, key: "b2" });
    expect(await folders.current()).toBe(second);
  });
});
