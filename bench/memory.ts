// Memory: recall quality on labelled sets, and how fast a sealed store of many records is.
import { parseArgs } from "node:util";
import { getHeapStatistics } from "node:v8";
import { memoryStore } from "@brainops/core/testing";
import type { ScenarioOptions } from "../scripts/door.ts";
import { askFts5, measureFts5 } from "./lib/fts5.ts";
import { readLocomo } from "./lib/locomo.ts";
import { makeLabelledSet } from "./lib/labelled-set.ts";
import { measureFusion } from "./lib/fusion.ts";
import { measureSpeed } from "./lib/memory-speed.ts";
import { measureVectors } from "./lib/vector-speed.ts";
import { askPeers, measurePeers } from "./lib/memory-peers.ts";
import { report, type Report } from "./lib/report.ts";
import { ask, fill, summarise, type LabelledSet, type Outcome } from "./lib/retrieval.ts";

/** About what a record takes in the memory of a peer, with what is left over while it grows. */
const peerBytes = 8000;

/** Its options. */
export const help: string = `  --records N      how many sealed records speed is measured over (default 100000; 0 leaves it out)
  --scopes N       spreads them over so many scopes (default 1)
  --synchronous S  full (default) or normal
  --vectors N      measures recall with an embedder of 384 dimensions at N records, and nothing else
  --only PARTS     quality, speed, peers, with commas between them (default: all)
  --file F         keeps what was filled in F, and goes on with it the next time
  --data DIR       conversations and questions in LoCoMo's format, beside the set that is made here`;

/** Runs the scenario. `--records 0` leaves the speed out; `--scopes N` spreads the records over so many scopes. `--vectors N` measures recall with an embedder at N records instead. `--only` names parts (quality, speed, peers); `--file` keeps what was filled for the next run. */
export async function run(options: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...options.args],
    options: {
      records: { type: "string", default: "100000" },
      scopes: { type: "string", default: "1" },
      synchronous: { type: "string", default: "full" },
      vectors: { type: "string" },
      file: { type: "string" },
      only: { type: "string", default: "quality,speed,peers" },
    },
  });
  const out = report("memory", options);
  if (values.vectors !== undefined) {
    const locomo = options.data === undefined ? [] : readLocomo(options.data, { captions: true });
    if (locomo.length > 0) await measureFusion(out, "locomo", locomo);
    await measureFusion(out, "errors, code, decisions, languages", [makeLabelledSet()]);
    return measureVectors(out, Number(values.vectors));
  }
  const parts = new Set(values.only.split(","));
  if (parts.has("quality")) await measureAllQuality(out, options.data);
  const records = Number(values.records);
  if (records <= 0) return;
  const synchronous = values.synchronous === "normal" ? "normal" : "full";
  if (parts.has("speed"))
    await measureSpeed(out, { records, scopes: Number(values.scopes), synchronous, file: values.file });
  if (!parts.has("peers")) return;
  measureFts5(out, records);
  // They keep everything in memory, which a heap of the usual size has no room for; --max-old-space-size gives more.
  const fit = getHeapStatistics().heap_size_limit / peerBytes;
  await measurePeers(out, records <= fit ? records : Math.min(records, 100_000));
}

async function measureAllQuality(out: Report, data: string | undefined): Promise<void> {
  if (data === undefined) out.note("Without --data there are no conversations to measure recall on.");
  else
    for (const captions of [true, false]) {
      const name = captions ? "locomo" : "locomo, without what images show";
      await measureQuality(out, name, readLocomo(data, { captions }));
    }
  await measureQuality(out, "errors, code, decisions, languages", [makeLabelledSet()]);
}

/** Asks every question of every set, each set in a store of its own; the ordinary `recall` with its defaults. */
async function measureQuality(out: Report, name: string, sets: readonly LabelledSet[]): Promise<void> {
  const outcomes: Outcome[] = [];
  for (const set of sets) {
    const store = await memoryStore().open();
    await fill(store, set.records);
    for (const question of set.questions) outcomes.push(await ask(store, question));
    await store.close();
  }
  await askPeers(out, name, sets);
  const peer = sets.flatMap((set) => askFts5(set));
  out.row({ part: "quality", set: name, peer: "raw FTS5", group: "all", ...summarise(peer) });
  out.row({ part: "quality", set: name, group: "all", ...summarise(outcomes) });
  for (const [group, some] of Map.groupBy(outcomes, (outcome) => outcome.group))
    out.row({ part: "quality", set: name, group, ...summarise(some) });
}
