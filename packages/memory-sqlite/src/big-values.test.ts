import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { canonical, createBrain, END, graph, START, stateOf } from "@brainops/core";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { sqlite } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "brainops-big-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const state = z.object({ doc: z.string().default(""), n: z.number().default(0) });
const hand = graph({ name: "hand", state, maxSteps: 100 })
  .node("pass", async ({ doc, n }, ctx) => ({
    doc: await ctx.effect({ name: "pass", class: "idempotent", input: n, run: () => doc }),
    n: n + 1,
  }))
  .edge(START, "pass")
  .branch("pass", ({ n }) => (n < 50 ? "pass" : END), ["pass", END])
  .build();

// Random, so that nothing but keeping it once can make it small.
const doc = randomBytes(750_000).toString("base64");

function blobNames(file: string): string[] {
  const db = new DatabaseSync(file, { readOnly: true });
  const rows = db.prepare("select name from blobs").all() as { name: Uint8Array }[];
  db.close();
  return rows.map(({ name }) => Buffer.from(name).toString("hex"));
}

// Only for what hangs: it hashes a few hundred megabytes, which takes a minute on a machine that is very busy.
const patience = { timeout: 240_000 };

test("a document of 1 MB handed through 50 steps is kept once, and its name says nothing of it", patience, async () => {
  const [first, second] = [`${folder}/a.db`, `${folder}/b.db`];
  let brain = await createBrain({ store: sqlite({ file: first, key: randomBytes(32) }), graphs: [hand] });
  expect(stateOf(await brain.run(hand, { doc }, { id: "r" }))).toEqual({ doc, n: 50 });
  expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
  await brain.close();
  const names = blobNames(first);
  expect(names).toHaveLength(1);
  expect(statSync(first).size).toBeLessThan(1_600_000);
  const bytes = readFileSync(first);
  const digest = createHash("sha256").update(canonical(doc)).digest();
  for (const form of [digest.subarray(0, 8), digest.toString("hex"), digest.toString("base64url")])
    expect(bytes.includes(form)).toBe(false);

  brain = await createBrain({ store: sqlite({ file: second, key: randomBytes(32) }), graphs: [hand] });
  await brain.run(hand, { doc, n: 48 }, { id: "r" });
  await brain.run(hand, { doc, n: 48 }, { id: "s" });
  // The same document in another store has another name; here it is kept once for both runs.
  expect(blobNames(second)).toHaveLength(1);
  expect(blobNames(second)).not.toEqual(names);
  await brain.prune({ keep: 1 });
  expect(await brain.replay({ run: "s" })).toMatchObject({ equal: true });
  await brain.prune();
  await brain.close();
  const db = new DatabaseSync(second, { readOnly: true });
  expect(db.prepare("select (select count(*) from blobs) + (select count(*) from chunks) as n").get()).toEqual({
    n: 0,
  });
  db.close();
});
