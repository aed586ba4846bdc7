import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createBrain } from "@brainops/core";
import { postgres } from "@brainops/memory-postgres";
import { sqlite } from "@brainops/memory-sqlite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startPostgres, type PostgresServer } from "../../../../scripts/postgres-server.ts";
import { start } from "../test-support/brainops.ts";
import { say } from "../test-support/in-process.ts";
import walking, { walk } from "./worker-walk.fixture.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const plugin = fileURLToPath(new URL("worker-walk.fixture.ts", import.meta.url));
const fileKey = "the key of the file";
const key = "another key for the cluster";

let server: PostgresServer;
let folder: string;
beforeAll(async () => {
  server = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), "brainops-move-"));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

test("moves a file to PostgreSQL, killed in the midst of it and begun again, under another key", async () => {
  const file = join(folder, "memory.db");
  const schema = `move_${process.pid}`;
  const source = await createBrain({ store: sqlite({ file, key: fileKey }), plugins: [walking] });
  await source.run(walk, { steps: 3 }, { id: "ended" });
  await source.submit(walk, { steps: 2 }, { id: "to be done" });
  for (let i = 0; i < 900; i++) await source.remember({ kind: "learning", text: `Learning number ${i}` });
  const [first] = await source.store.find({ scope: "main" }, { limit: 1 });
  const vector = Float32Array.of(0.25, -0.1);
  const id = first?.record.id ?? "";
  await source.store.commit({ id: "vector", writes: [{ type: "vector", id, version: 1, space: "own/2", vector }] });
  const recalled = (await source.recall("number 77")).map(({ record }) => record.id);
  await source.close();

  const args = ["move", "--from", file, "--schema", schema, "--plugin", plugin, "--json"];
  const env = { DATABASE_URL: server.url, BRAINOPS_KEY: key };
  // As a home makes it, beside the file: the key of the environment is the target's.
  const keyFile = `${file}.key`;
  await writeFile(keyFile, fileKey);
  const whole = [...args, "--vectors", "own/2,other/3"];
  const { child, ended } = start(whole, { cwd: folder, env });
  const target = await postgres({ connectionString: server.url, schema, key }).open();
  await vi.waitFor(async () => expect((await target.scopes()).length).toBeGreaterThan(0), {
    timeout: 30_000,
    interval: 1,
  });
  child.kill("SIGKILL");
  await ended;
  expect((await target.document("copied-from"))?.value).toMatchObject({ state: "copying" });
  await target.close();

  const { code, stdout } = await start(whole, { cwd: folder, env }).ended;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    counts: { records: 900, vectors: 1, wakes: 1 },
    journals: 2,
    already: false,
    replays: [{ run: "ended", equal: true }],
  });
  const moved = await createBrain({
    store: postgres({ connectionString: server.url, schema, key }),
    plugins: [walking],
  });
  expect((await moved.recall("number 77")).map(({ record }) => record.id)).toEqual(recalled);
  expect(await moved.store.vectors("own/2", [id])).toEqual([{ id, vector }]);
  moved.work();
  await vi.waitFor(
    async () => expect((await moved.runs()).map(({ status }) => status)).toEqual(["completed", "completed"]),
    {
      timeout: 20_000,
    },
  );
  await moved.close();

  const other = await say([...whole, "--schema", `${schema}_other`], { cwd: folder, env });
  expect([other.code, other.stdout]).toEqual([2, expect.stringMatching(/copied into another target before/)]);
  const again = await say(whole, { cwd: folder, env });
  expect([again.code, JSON.parse(again.stdout)]).toEqual([2, { error: expect.objectContaining({ code: "conflict" }) }]);

  // The first copy is given up: so the file may be copied into another target, which from then on is the only one.
  await rename(keyFile, join(folder, "kept.key"));
  const kept = [...whole, "--from-key-file", join(folder, "kept.key")];
  const elsewhere = [...kept, "--schema", `${schema}_other`, "--elsewhere"];
  const anew = await say(elsewhere, { cwd: folder, env });
  expect([anew.code, JSON.parse(anew.stdout)]).toMatchObject([
    0,
    { counts: { records: 900, vectors: 1, wakes: 1 }, already: false, replays: [{ run: "ended", equal: true }] },
  ]);
  const repeated = await say(elsewhere, { cwd: folder, env });
  expect([repeated.code, JSON.parse(repeated.stdout)]).toMatchObject([0, { already: true }]);
  const third = await say([...kept, "--schema", `${schema}_third`], { cwd: folder, env });
  expect([third.code, third.stdout]).toEqual([2, expect.stringMatching(/copied into another target before/)]);
  const there = await createBrain({
    store: postgres({ connectionString: server.url, schema: `${schema}_other`, key }),
    plugins: [walking],
  });
  expect((await there.runs()).map(({ status }) => status).toSorted()).toEqual(["completed", "open"]);
  await there.close();
});

test("says what is missing", async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /--from FILE is missing/],
    [["--from", "none.db"], /There is no file/],
    [["--from", plugin], /No database is named. Give --to/],
  ];
  for (const [args, message] of cases) {
    const { code, stderr } = await say(["move", ...args], { cwd: folder });
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  }
});
