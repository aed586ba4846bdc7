// Upkeep of memory: which duplicates are found, what is learnt from histories with and without patterns, and how fast.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { consolidate, likeness, measureJunk, mergeDuplicates, retain, type Finding } from "@brainops/core/memory";
import { analyse } from "@brainops/core/recall";
import { memoryStore } from "@brainops/core/testing";
import { sqlite } from "@brainops/memory-sqlite";
import type { ScenarioOptions } from "../scripts/door.ts";
import { benchRecord } from "./lib/bench-record.ts";
import { duplicatePairs, type Pair } from "./lib/duplicate-pairs.ts";
import { makeHistory, type History } from "./lib/planted.ts";
import { report, type Report } from "./lib/report.ts";
import { fill } from "./lib/retrieval.ts";

/** Its options. */
export const help: string = `  --histories N  made-up histories of each sort (default 200)
  --records N    records that speed is measured over (default 20000; 0 leaves it out)`;

/** Runs the scenario. `--histories N`: so many of each sort; `--records N`: so many for the speed, 0 for none. */
export async function run(options: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...options.args],
    options: { histories: { type: "string", default: "200" }, records: { type: "string", default: "20000" } },
  });
  const out = report("upkeep", options);
  const pairs = duplicatePairs(3);
  measureDuplicates(out, "brainops", pairs, ({ one, other }) => isSame(one, other));
  measureDuplicates(
    out,
    "shingles, Jaccard 0.8",
    pairs,
    ({ one, other }) => jaccard(shingles(one), shingles(other)) >= 0.8,
  );
  for (const [name, effect] of [
    ["noise", 0],
    ["weak", 0.3],
    ["strong", 0.5],
  ] as const)
    for (const records of [100, 400]) await measureLearning(out, name, effect, records, Number(values.histories));
  await measureSpeed(out, Number(values.records));
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => benchRecord("x", { text })) as [never, never];
  return likeness(a, b) !== undefined;
}

/** What the field does: the share of neighbouring pairs of words that two texts have in common. */
function shingles(text: string): ReadonlySet<string> {
  const words = analyse(text);
  return new Set(words.slice(1).map((word, i) => `${words[i]} ${word}`));
}

function jaccard(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const common = [...one].filter((each) => other.has(each)).length;
  return common / Math.max(1, one.size + other.size - common);
}

function measureDuplicates(out: Report, peer: string, pairs: readonly Pair[], find: (pair: Pair) => boolean): void {
  const judged = pairs.map((pair) => ({ ...pair, found: find(pair) }));
  const [found, same] = [judged.filter(({ found }) => found), judged.filter(({ same }) => same)];
  const right = found.filter(({ same }) => same).length;
  out.row({
    part: "duplicates",
    peer,
    way: "all",
    pairs: pairs.length,
    precision: right / Math.max(1, found.length),
    recall: right / same.length,
    wrongly_merged: found.length - right,
  });
  for (const [way, some] of Map.groupBy(judged, ({ way }) => way))
    out.row({
      part: "duplicates",
      peer,
      way,
      same: some[0]?.same ?? false,
      pairs: some.length,
      merged: some.filter(({ found }) => found).length / some.length,
    });
}

async function measureLearning(
  out: Report,
  set: string,
  effect: number,
  records: number,
  histories: number,
): Promise<void> {
  let [learnt, right, planted, withFalse] = [0, 0, 0, 0];
  for (let seed = 1; seed <= histories; seed++) {
    const history = makeHistory({ seed: seed * 7919 + records, records, tags: 20, effect });
    const found = await learn(history);
    const wrong = found.filter((name) => !isTrue(name, history));
    learnt += found.length;
    right += history.planted.filter((name) => found.includes(name)).length;
    planted += history.planted.length;
    if (wrong.length > 0) withFalse++;
  }
  out.row({
    part: "learning",
    set,
    experiences: records,
    tags: 20,
    histories,
    learnt,
    found_of_planted: planted === 0 ? null : right / planted,
    histories_with_a_false_learning: withFalse / histories,
  });
}

async function learn({ records }: History): Promise<string[]> {
  const store = await memoryStore().open();
  await fill(store, records);
  const kept = await consolidate(store, "bench");
  await store.close();
  return kept.map(({ data }) => {
    const { features, outcome } = data["pattern"] as unknown as Finding["pattern"];
    return `${features.toSorted().join("+")} → ${outcome}`;
  });
}

/** A part of what goes wrong only together goes wrong more often by itself, too: that is true, and no mistake. */
function isTrue(name: string, { planted }: History): boolean {
  const [features = "", outcome] = name.split(" → ");
  return planted.some((each) => {
    const [names = "", end] = each.split(" → ");
    return end === outcome && features.split("+").some((feature) => names.split("+").includes(feature));
  });
}

async function measureSpeed(out: Report, count: number): Promise<void> {
  if (count <= 0) return;
  const folder = mkdtempSync(join(tmpdir(), "brainops-upkeep-"));
  const store = await sqlite({ file: join(folder, "memory.db"), key: randomBytes(32), synchronous: "normal" }).open();
  const texts = duplicatePairs(3).flatMap(({ one, other }) => [one, other]);
  await fill(
    store,
    Array.from({ length: count }, (_, i) =>
      benchRecord(`r${i}`, { text: `${texts[i % texts.length]} Case ${Math.floor(i / 4)}.`, createdAt: i + 1 }),
    ),
  );
  const timed = async (step: string, work: () => Promise<unknown>): Promise<void> => {
    const started = performance.now();
    await work();
    const ms = performance.now() - started;
    out.row({ part: "speed", step, records: count, ms, records_per_s: (count / ms) * 1000 });
  };
  await timed("merge", () => mergeDuplicates(store, "bench"));
  await timed("junk", () => measureJunk(store, "bench"));
  await timed("retain, dry run", () => retain(store, "bench", { rules: [{ olderThanMs: 0 }], dryRun: true }));
  await store.close();
  rmSync(folder, { recursive: true });
}
