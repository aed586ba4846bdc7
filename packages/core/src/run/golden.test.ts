import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createBrain, importJournal, replay, type RunResult } from "../index.ts";
import { memoryStore, scriptedModel } from "../testing/index.ts";
import { goldenGraph } from "./golden-graph.fixture.ts";

const folder = join(import.meta.dirname, "../../fixtures/journals");
const kept = readdirSync(folder).filter((file) => file.endsWith(".jsonl"));
const added = process.env["BRAINOPS_GOLDEN"];

// Journals of earlier versions are never rewritten: whoever changes the format must still read these.
test.each(kept)("the journal %s, kept from an earlier version, replays equal", async (file) => {
  const entries = importJournal(readFileSync(join(folder, file), "utf8"));
  expect(await replay(goldenGraph(), entries)).toMatchObject({
    equal: true,
    entries: entries.length,
    status: "completed",
  });
});

test("the kept journals tell of everything that a journal can tell of", async () => {
  const brain = await createBrain({
    store: memoryStore(),
    model: scriptedModel([() => ({ text: "said" })]),
    graphs: [goldenGraph()],
  });
  let result: RunResult = await brain.run("golden", {}, { id: "golden" });
  while (result.status === "waiting") {
    for (const { id } of result.questions) await brain.answer("golden", id, "b");
    if (result.waits.some(({ signal }) => signal === "go")) await brain.signal("golden", "go", "went");
    result = await brain.resume("golden");
  }
  expect(result.status).toBe("completed");
  if (added !== undefined) writeFileSync(join(folder, `${added}.jsonl`), await brain.export("golden"));
  const told = new Set((await brain.journal("golden")).map(({ type }) => type));
  const inKept = kept.map(
    (file) => new Set(importJournal(readFileSync(join(folder, file), "utf8")).map(({ type }) => type)),
  );
  expect(inKept.some((types) => [...told].every((type) => types.has(type)))).toBe(true);
  await brain.close();
});
