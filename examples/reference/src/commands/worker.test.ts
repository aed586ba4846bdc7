import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createBrain, type Brain } from "@brainops/core";
import { postgres } from "@brainops/memory-postgres";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startPostgres, type PostgresServer } from "../../../../scripts/postgres-server.ts";
import { start, type Started } from "../test-support/brainops.ts";
import { say } from "../test-support/in-process.ts";
import walking, { walk } from "./serve.fixture.ts";

const [knows, isNewer, hasLoop] = ["serve.fixture.ts", "worker.fixture.ts", "worker-rounds.fixture.ts"].map((name) =>
  fileURLToPath(new URL(name, import.meta.url)),
) as [string, string, string];
const wait = { timeout: 60_000, interval: 20 };
const key = "a passphrase of the cluster";

// Each test starts processes, and others may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let server: PostgresServer;
let folder: string;
let schema: string;
let rounds = 0;
let brain: Brain;
const started: Started[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainops-worker-"));
  schema = `worker_${process.pid}_${rounds++}`;
  brain = await createBrain({ store: postgres({ connectionString: server.url, schema, key }), plugins: [walking] });
});
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
  await brain.close();
  await rm(folder, { recursive: true, force: true });
});

interface AtWork extends Started {
  readonly said: { readonly serving: string; readonly name: string; readonly graphs: readonly string[] };
}

/** Starts a worker, and waits until it says what it works on. */
async function work(plugin: string, ...more: string[]): Promise<AtWork> {
  const env = { DATABASE_URL: server.url, BRAINOPS_KEY: key };
  const process = start(["worker", "--schema", schema, "--plugin", plugin, "--json", ...more], { cwd: folder, env });
  started.push(process);
  const { stdout } = process.child;
  const said = await Promise.race([
    new Promise<string>((resolve) => stdout?.once("data", (chunk: string) => resolve(chunk))),
    process.ended.then(({ stderr, stdout }) => Promise.reject(new Error(`It ended: ${stderr}${stdout}`))),
  ]);
  return { ...process, said: JSON.parse(said) as AtWork["said"] };
}

const steps = (): string[] =>
  existsSync(join(folder, "steps")) ? readFileSync(join(folder, "steps"), "utf8").trim().split("\n") : [];
const statusOf = async (id: string): Promise<string | undefined> =>
  (await brain.runs()).find((run) => run.id === id)?.status;
const openGate = (): Promise<void> => writeFile(join(folder, "gate"), "");

test("leaves a run to a worker that knows its version, which lets it come to its rest after SIGTERM", async () => {
  const newcomer = await work(isNewer, "--dispatch", "pg-boss");
  expect(newcomer.said.graphs).toEqual(["walk@2"]);
  const id = await brain.submit(walk, { folder });
  await sleep(1500);
  expect([steps(), await statusOf(id), (await brain.journal(id)).length]).toEqual([[], "open", 1]);
  await openGate();
  const knowing = await work(knows, "--name", "the knowing one", "--drain", "30000");
  await vi.waitFor(async () => expect(await statusOf(id)).toBe("completed"), wait);
  expect(steps()).toEqual([`first ${knowing.child.pid}`, `second ${knowing.child.pid}`]);
  const taken = (await brain.journal(id)).find(({ type }) => type === "run-taken");
  expect(taken).toMatchObject({ owner: expect.stringMatching(/^the knowing one\//) as string });
  expect(await (await fetch(knowing.said.serving)).json()).toMatchObject({
    ok: true,
    name: "the knowing one",
    graphs: ["walk@1"],
    dispatch: "pg-boss",
    running: 0,
  });
  expect(await brain.setAside()).toEqual([]);

  await rm(join(folder, "gate"));
  const last = await brain.submit(walk, { folder });
  await vi.waitFor(() => expect(steps()).toHaveLength(4), wait);
  knowing.child.kill("SIGTERM");
  await vi.waitFor(async () => expect((await fetch(knowing.said.serving)).status).toBe(503), wait);
  const late = await brain.submit(walk, { folder });
  await openGate();
  expect(await knowing.ended).toMatchObject({ code: 0, signal: null });
  expect([await statusOf(last), await statusOf(late), steps().length]).toEqual(["completed", "open", 4]);
});

test("runs each round of a loop once, however many there are, also when the one at work is killed", async () => {
  const workers = await Promise.all([1, 2, 3].map(() => work(hasLoop, "--lease", "1000", "--dispatch", "store")));
  const timeIn = (name: string): number => Number(/(?:-|tick\/)(\d+)/.exec(name)?.[1]);
  const left = (what: string, times: (time: number) => boolean): string[] =>
    readdirSync(folder).filter((name) => name.startsWith(what) && times(timeIn(name)));
  const textOf = (name: string): string => readFileSync(join(folder, name), "utf8");
  await writeFile(join(folder, "hold"), "");
  const held = Date.now();
  const begun = await vi.waitFor(() => {
    const [name = ""] = left("begin", (time) => time > held);
    expect(textOf(name)).not.toBe("");
    return name;
  }, wait);
  const atWork = workers.find(({ child }) => String(child.pid) === textOf(begun));
  atWork?.child.kill("SIGKILL");
  expect(await atWork?.ended).toMatchObject({ signal: "SIGKILL" });
  await rm(join(folder, "hold"));
  const done = await vi.waitFor(async () => {
    const times = (await brain.runs())
      .filter(({ status }) => status === "completed")
      .map(({ id }) => timeIn(id))
      .toSorted((a, b) => a - b);
    expect(times).toContain(timeIn(begun));
    expect(times.filter((time) => time > timeIn(begun)).length).toBeGreaterThan(3);
    return times;
  }, wait);
  for (const what of ["begin", "end"]) expect(left(what, (time) => done.includes(time)).map(timeIn)).toEqual(done);
  for (const time of done) {
    const journal = await brain.journal(`loop/tick/${time}`);
    expect(journal.filter(({ type }) => type === "run-started" || type === "run-completed")).toHaveLength(2);
    // A slow machine may have others taken over, too.
    if (time === timeIn(begun)) expect(journal.map(({ type }) => type)).toContain("run-taken");
  }
});

test("lets go of its runs when the time to drain is over, so that another goes on at once, and ends on a second signal", async () => {
  const lease = ["--lease", "3600000", "--dispatch", "store"];
  const first = await work(knows, "--drain", "50", ...lease);
  const id = await brain.submit(walk, { folder });
  await vi.waitFor(() => expect(steps()).toHaveLength(2), wait);
  first.child.kill("SIGTERM");
  expect(await first.ended).toMatchObject({ code: 0, signal: null });
  await openGate();
  const second = await work(knows, "--drain", "3600000", ...lease);
  await vi.waitFor(async () => expect(await statusOf(id)).toBe("completed"), wait);

  await rm(join(folder, "gate"));
  await brain.submit(walk, { folder });
  // The second step of the first run was taken twice: it was cut off with the first worker.
  await vi.waitFor(() => expect(steps()).toHaveLength(5), wait);
  second.child.kill("SIGTERM");
  await vi.waitFor(async () => expect((await fetch(second.said.serving)).status).toBe(503), wait);
  second.child.kill("SIGINT");
  expect(await second.ended).toMatchObject({ code: null, signal: "SIGINT" });
});

test("what no worker goes on with is listed with the reason", async () => {
  const value = {
    run: "r1",
    graph: "walk",
    version: "1",
    fingerprint: "f",
    scope: "main",
    reason: "its code diverged",
    at: 1,
  };
  const env = { DATABASE_URL: server.url, BRAINOPS_KEY: key };
  const list = (...more: string[]): ReturnType<typeof say> =>
    say(["aside", "--schema", schema, ...more], { cwd: folder, env });
  expect(await list()).toMatchObject({ code: 0, stdout: "No run is set aside.\nThere are no dead letters.\n" });
  await brain.store.commit({ id: "aside", writes: [{ type: "document", key: "aside/r1", value }] });
  expect((await list()).stdout).toMatch(/^Set aside:\n {2}r1 {2}walk@1 .*Z {2}its code diverged\n/);
  expect(JSON.parse((await list("--json")).stdout)).toEqual({ setAside: [value], deadLetters: [] });
});

test("refuses what does not fit, and repeats no password", async () => {
  const env = { DATABASE_URL: server.url, BRAINOPS_KEY: "another passphrase" };
  const limits = join(folder, "limits.json");
  await writeFile(limits, `{"walk": {"atonce": 1}}`);
  const url = ["--database", server.url, "--schema", schema];
  const cases: readonly (readonly [readonly string[], string, RegExp])[] = [
    [[], "invalid_input", /--database.*DATABASE_URL/],
    [["--database", "mysql://u:secret@h/d"], "invalid_input", /^(?!.*secret).*postgres:\/\//],
    [[...url, "--dispatch", "kafka"], "invalid_input", /'pg-boss' or 'store'/],
    [[...url, "--limits", limits], "invalid_input", /limits.json.*atOnce/],
    [[...url, "--lease", "0"], "invalid_input", /--lease must be 1 or more/],
    [[...url, "--key-file", "none"], "not_found", /none/],
    [[...url], "wrong_key", /key/],
  ];
  for (const [args, code, message] of cases) {
    const given = args.length === 0 ? {} : env;
    const found = await say(["worker", ...args, "--json"], { cwd: folder, env: { ...given, DATABASE_URL: "" } });
    expect([found.code, JSON.parse(found.stdout)]).toEqual([
      2,
      { error: expect.objectContaining({ code, message: expect.stringMatching(message) as string }) },
    ]);
  }
});
