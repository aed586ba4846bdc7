import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createBrain, END, graph, isErased, START, verifyChain, type Store } from "@brainops/core";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { sqlite } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "brainops-erased-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "brain.db");
const key = "07".repeat(32);
const marker = "MARKER-31337-OF-ANN";

const state = z.object({ text: z.string().default(""), n: z.number().default(0) });
const work = graph({ name: "work", state, maxSteps: 500 })
  .node("step", async ({ n, text }, ctx) => {
    await ctx.effect({ name: "say", class: "idempotent", input: `${n} ${marker}`, run: () => ({ said: marker, n }) });
    if (n === 3) ctx.remember({ kind: "experience", text: `Of Ann: ${marker}`, subjects: ["ann"] });
    const known = await ctx.recall(marker);
    return { n: n + 1, text: `${marker} ${known.length} ${text}`.slice(0, 30_000) };
  })
  .node("ask", async (_, ctx) => ({ text: String(await ctx.ask({ text: marker, data: { marker } })) }))
  .edge(START, "step")
  .branch("step", ({ n }) => (n < 60 ? "step" : "ask"), ["step", "ask"])
  .edge("ask", END)
  .build();

const files = (): Buffer[] =>
  ["", "-wal", "-shm"]
    .map((end) => file + end)
    .filter(existsSync)
    .map((path) => readFileSync(path));

/** Sealed bytes that hold values: of streams' rows, documents, blobs and records. */
function sealedBytes(): Buffer[] {
  const db = new DatabaseSync(file, { readOnly: true });
  const sql =
    "select body from journal where stream > 0 union all select body from documents union all select body from chunks union all select body from records";
  const found = (db.prepare(sql).all() as { body: Uint8Array }[]).map(({ body }) => Buffer.from(body));
  db.close();
  return found;
}

/** Everything that can be read, opened. */
async function everything(store: Store, scope: string): Promise<string> {
  const all: unknown[] = [await store.documents(""), await store.find({ scope }, { limit: 10_000 })];
  for (const stream of await store.streams("")) all.push(await store.read(stream));
  return JSON.stringify(all);
}

test("after an erasure nothing of it is left in the file, sealed or open, and its neighbours are whole", async () => {
  const open = (): ReturnType<typeof createBrain> => createBrain({ store: sqlite({ file, key }), graphs: [work] });
  let brain = await open();
  // The text is longer than what is kept in place, so there are blobs, and a snapshot of the run that waits.
  for (const scope of ["acme", "acmecorp"]) {
    const waiting = await brain.run(work, { text: marker.repeat(1000) }, { id: `run-${scope}`, scope });
    const [question] = waiting.status === "waiting" ? waiting.questions : [];
    await brain.answer(`run-${scope}`, question?.id ?? "", `answer ${marker}`);
  }
  expect(await brain.store.document("snapshot/run-acme")).toBeDefined();
  const beside = await brain.export("run-acmecorp");
  const before = sealedBytes();
  const held = files();
  expect(before.filter((bytes) => held.some((content) => content.includes(bytes))).length).toBeGreaterThan(100);

  const report = await brain.erase({ scope: "acme" });
  expect(report).toMatchObject({ records: 1, runs: ["run-acme"] });
  expect(await brain.export("run-acmecorp")).toBe(beside);
  const kept = sealedBytes();
  const gone = before.filter((bytes) => !kept.some((other) => other.equals(bytes)));
  expect(gone.length).toBeGreaterThan(50);
  // The store is still open: its log holds nothing of it either.
  for (const content of files()) {
    expect(content.includes(marker)).toBe(false);
    // A page may cut a long value in two, so a piece of each is looked for.
    for (const bytes of gone) expect(content.includes(bytes.subarray(0, 64))).toBe(false);
  }
  verifyChain(await brain.journal("run-acme"));
  expect((await brain.journal("run-acme")).filter(isErased).length).toBe(report.entries);
  await expect(brain.replay({ run: "run-acme" })).rejects.toMatchObject({ code: "erased" });

  expect(await brain.erase({ subject: "ann" })).toMatchObject({ records: 1, runs: ["run-acmecorp"], mentions: [] });
  await brain.close();
  for (const content of files()) expect(content.includes(marker)).toBe(false);
  brain = await open();
  const left = await everything(brain.store, "acmecorp");
  expect(left).not.toContain(marker);
  expect(await brain.resume("run-acmecorp")).toMatchObject({ status: "failed", error: { code: "erased" } });
  await brain.close();
  const db = new DatabaseSync(file, { readOnly: true });
  expect(db.prepare("select (select count(*) from blobs) + (select count(*) from records) as n").get()).toEqual({
    n: 0,
  });
  db.close();
});
