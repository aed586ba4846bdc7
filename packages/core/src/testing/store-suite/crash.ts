import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Store } from "../../contracts/store.ts";
import type { Harness } from "./harness.ts";

// What the other process does: commits that each write in three shapes, and says how far it is once a commit is acknowledged.
const program = (code: string): string => `
  ${code}
  const { writeSync } = await import("node:fs");
  const store = await opener.open();
  const record = (id) => ({ id, kind: "error", scope: "acme", text: "step " + id, data: {}, tags: [], importance: 0.5,
    confidence: 1, trust: "test", subjects: [], provenance: {}, createdAt: 1, version: 1 });
  const go = async (name) => {
    for (let i = await store.position(name); ; i++) {
      await store.commit({ id: name + "-" + i, writes: [
        { type: "append", stream: name, entries: [i], expectedPosition: i },
        { type: "record", record: record(name + "-" + i) },
        { type: "document", key: name, value: i, expectedVersion: i },
      ] });
      writeSync(1, name + " " + (i + 1) + "\\n");
    }
  };
  await Promise.all(["a", "b", "c"].map(go));`;

const names = ["a", "b", "c"] as const;
/** After so many acknowledgements a process is killed; the next one goes on where it was. */
const kills = [1, 40];

/** A process that is killed while it writes; only where it was said how another process opens the store. */
export function crashTests({ options: { test, crash } }: Harness): void {
  if (crash === undefined) return;
  test("after kill -9 every acknowledged commit is whole, and no other is half there", async () => {
    const { opener, code, cwd = process.cwd() } = await crash();
    for (const kill of kills) {
      const acknowledged = await writeUntilKilled(code, cwd, kill);
      const store = await opener().open();
      try {
        for (const name of names) await checkWhole(store, name, acknowledged.get(name) ?? 0);
      } finally {
        await store.close();
      }
    }
  });
}

/** Lets a process write, kills it, and gives how long it said that each stream is. */
async function writeUntilKilled(code: string, cwd: string, kill: number): Promise<ReadonlyMap<string, number>> {
  const child = spawn(process.execPath, [...process.execArgv, "--input-type=module", "-e", program(code)], {
    cwd,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const acknowledged = new Map<string, number>();
  let heard = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [name = "", length] = line.split(" ");
    acknowledged.set(name, Number(length));
    if (++heard === kill) child.kill("SIGKILL");
  }
  const [, signal] = (await ended) as [number | null, NodeJS.Signals | null];
  assert.equal(signal, "SIGKILL", "the other process ended by itself; its error is on stderr");
  return acknowledged;
}

/** What was acknowledged is there, and what is there is there in all three shapes. */
async function checkWhole(store: Store, name: string, acknowledged: number): Promise<void> {
  const entries = (await store.read(name)).map(({ entry }) => entry);
  assert.ok(entries.length >= acknowledged, `${name}: ${acknowledged} were acknowledged, ${entries.length} are there`);
  assert.deepEqual(entries, [...entries.keys()]);
  assert.equal((await store.document(name))?.version ?? 0, entries.length);
  const ids = Array.from({ length: entries.length + 2 }, (_, i) => `${name}-${i}`);
  assert.equal((await store.records(ids)).length, entries.length);
}
