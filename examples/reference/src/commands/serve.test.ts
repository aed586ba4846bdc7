import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createBrain } from "@brainops/core";
import { sqlite } from "@brainops/memory-sqlite";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { start, type Started } from "../test-support/brainops.ts";
import { say } from "../test-support/in-process.ts";
import walking, { walk } from "./serve.fixture.ts";

const plugin = fileURLToPath(new URL("serve.fixture.ts", import.meta.url));
const wait = { timeout: 60_000, interval: 20 };

// Each test starts two or three processes, and others may be busy.
vi.setConfig({ testTimeout: 60_000 });

let folder: string;
let home: string;
const started: Started[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainops-serve-"));
  home = join(folder, "home");
});
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
});

/** Starts it and waits until it says where its health is. */
async function serve(...more: string[]): Promise<Started & { readonly url: string }> {
  const args = ["serve", "--home", home, "--plugin", plugin, "--json", ...more];
  const process = start(args, { cwd: folder });
  started.push(process);
  const { stdout } = process.child;
  const said = await Promise.race([
    new Promise<string>((resolve) => stdout?.once("data", (chunk: string) => resolve(chunk))),
    process.ended.then(({ stderr }) => Promise.reject(new Error(`It ended: ${stderr}`))),
  ]);
  return { ...process, url: (JSON.parse(said) as { serving: string }).serving };
}

/** As another process does it: this one has a Brain of its own, and no worker. */
async function submit(): Promise<string> {
  const brain = await createBrain({ store: sqlite({ file: join(home, "memory.db") }), plugins: [walking] });
  const id = await brain.submit(walk, { folder });
  await brain.close();
  return id;
}

async function statusOf(id: string): Promise<string | undefined> {
  const { stdout } = await say(["runs", "--home", home, "--json"], { cwd: folder });
  return (JSON.parse(stdout) as { id: string; status: string }[]).find((run) => run.id === id)?.status;
}

function steps(): string[] {
  const file = join(folder, "steps");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

async function open(): Promise<void> {
  await writeFile(join(folder, "gate"), "");
}

test("goes on with what another process submits, and says how it is", async () => {
  const { url, child, ended } = await serve();
  expect(await (await fetch(url)).json()).toMatchObject({ ok: true, running: 0, stopping: false, setAside: [] });
  const id = await submit();
  await vi.waitFor(() => expect(steps()).toHaveLength(2), wait);
  expect(await (await fetch(url)).json()).toMatchObject({ ok: true, running: 1 });
  await open();
  await vi.waitFor(async () => expect(await statusOf(id)).toBe("completed"), wait);
  expect(steps()).toEqual([`first ${child.pid}`, `second ${child.pid}`]);

  await writeFile(join(folder, "ill"), "");
  const ill = await fetch(url);
  expect([ill.status, await ill.json()]).toEqual([503, expect.objectContaining({ ok: false })]);
  expect((await fetch(url.replace("health", "other"))).status).toBe(404);
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
  const foreign = await new Promise<number | undefined>((resolve) =>
    request(url, { headers: { host: "evil.example" } }, (response) => resolve(response.resume().statusCode)).end(),
  );
  expect(foreign).toBe(403);

  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 0, signal: null });
});

test("lets go of its runs on SIGTERM, so that the next one goes on at once", async () => {
  // A lease of an hour: only a run that was let go of can be taken by another.
  const first = await serve("--lease", "3600000");
  const id = await submit();
  await vi.waitFor(() => expect(steps()).toHaveLength(2), wait);
  first.child.kill("SIGTERM");
  expect(await first.ended).toMatchObject({
    code: 0,
    signal: null,
    stderr: expect.stringContaining("1 run under way"),
  });
  expect(await statusOf(id)).toBe("open");

  await open();
  const second = await serve();
  await vi.waitFor(async () => expect(await statusOf(id)).toBe("completed"), wait);
  expect(steps()).toEqual([`first ${first.child.pid}`, `second ${first.child.pid}`, `second ${second.child.pid}`]);
});

test("takes over the runs of one that was killed", async () => {
  const first = await serve("--lease", "1000");
  const id = await submit();
  await vi.waitFor(() => expect(steps()).toHaveLength(2), wait);
  first.child.kill("SIGKILL");
  await first.ended;
  await open();
  const second = await serve("--lease", "1000");
  await vi.waitFor(async () => expect(await statusOf(id)).toBe("completed"), wait);
  expect(steps()).toEqual([`first ${first.child.pid}`, `second ${first.child.pid}`, `second ${second.child.pid}`]);
});

test("refuses what does not fit before anything is begun", async () => {
  for (const args of [
    ["--port", "70000"],
    ["--lease", "0"],
    ["--plugin", "none.ts"],
  ]) {
    const { code, stdout } = await say(["serve", "--home", home, ...args, "--json"], { cwd: folder });
    expect([code, JSON.parse(stdout)]).toEqual([2, { error: expect.objectContaining({ code: "invalid_input" }) }]);
  }
  expect(existsSync(home)).toBe(false);
});
