import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backup, sqlite } from "./index.ts";

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brainops-processes-"));
  file = join(folder, "brain.db");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

// Starting a process is slow on a busy machine.
const patience = 60_000;

/** Runs a program in a process of its own; `open()` opens the store and `say` tells the parent. */
function start(program: string): ChildProcess {
  const text = `
    import { writeSync } from "node:fs";
    import { sqlite } from "@brainops/memory-sqlite";
    const open = () => sqlite({ file: ${JSON.stringify(file)}, notice() {} }).open();
    const say = (value) => writeSync(1, value + "\\n");
    ${program}`;
  return spawn(process.execPath, [...process.execArgv, "--input-type=module", "-e", text], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, BRAINOPS_KEY: "" },
  });
}

test("eight processes open a store that does not exist yet, and all write to it", { timeout: patience }, async () => {
  const children = Array.from({ length: 8 }, (_, n) =>
    start(`
      const store = await open();
      for (let i = 0; i < 5; i++)
        await store.commit({ id: "${n}-" + i, writes: [{ type: "append", stream: "shared", entries: [${n}] }] });
      await store.close();`),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as number));
  expect(codes).toEqual(Array.from({ length: 8 }, () => 0));
  const store = await sqlite({ file }).open();
  const entries = (await store.read("shared")).map(({ entry }) => entry);
  expect(entries.toSorted((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 40 }, (_, i) => Math.floor(i / 5)),
  );
  await store.close();
});

test(
  "two processes that fight for one stream, and for one error: one wins each time, nothing is lost",
  { timeout: patience },
  async () => {
    const fighter = (name: string): ChildProcess =>
      start(`
      const store = await open();
      let won = 0;
      for (let i = 0; won < 150; i++) {
        const expectedPosition = await store.position("run");
        try {
          await store.commit({ id: "${name}" + i, writes: [
            { type: "append", stream: "run", entries: ["${name}" + won], expectedPosition },
            { type: "count", id: "none", counter: "uses", by: 1 } ] });
          won++;
        } catch (error) {
          if (error.code !== "conflict") throw error;
        }
      }
      await store.close();
      const { createBrain } = await import("@brainops/core");
      const brain = await createBrain({ store: { name: "sqlite", open } });
      const remember = (i) => brain.remember({ kind: "error", text: "disk ${name}" + i, fingerprint: "full" });
      await Promise.all(Array.from({ length: 10 }, (_, i) => remember(i)));
      await brain.close();`);
    const children = [fighter("a"), fighter("b")];
    const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as number));
    expect(codes).toEqual([0, 0]);
    const store = await sqlite({ file }).open();
    const entries = (await store.read("run")).map(({ entry }) => String(entry));
    for (const name of ["a", "b"])
      expect(entries.filter((entry) => entry.startsWith(name))).toEqual(
        Array.from({ length: 150 }, (_, i) => `${name}${i}`),
      );
    const [scope = ""] = await store.scopes();
    const errors = await store.find({ scope });
    expect(errors.map(({ record }) => record.data["count"])).toEqual([20]);
    await store.close();
  },
);

/** The locks that the operating system keeps on the file, where it says so. */
function locks(): string[] {
  if (!existsSync("/proc/locks")) return [];
  const inode = `:${statSync(file).ino} `;
  const lines = readFileSync("/proc/locks", "utf8").split("\n");
  return lines.filter((line) => line.includes(inode)).map((line) => line.slice(line.indexOf(":")));
}

test("looking at a file that this process has open leaves its locks alone", async () => {
  const store = await sqlite({ file, notice() {} }).open();
  await store.commit({ id: "a", writes: [{ type: "append", stream: "s", entries: [1] }] });
  const held = locks();
  await backup({ file, to: `${file}.copy` });
  await (await sqlite({ file }).open()).close();
  expect(locks()).toEqual(held);
  await store.close();
});
