// Real processes broken in many ways: found, healed by healers or by search, healed from memory the second time; controls left alone.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createBrain, type Brain, type Entry, type NodeContext } from "@brainops/core";
import { faultSchema } from "@brainops/core/healing";
import { memoryStore } from "@brainops/core/testing";
import { serviceHealers } from "@brainops/nodes";
import { z } from "zod";
import type { ScenarioOptions } from "../scripts/door.ts";
import { report } from "./lib/report.ts";
import { controls, faults, type Injection } from "./lib/shop-faults.ts";
import { shopWorld, type ShopWorld } from "./lib/shop-world.ts";
import { quantile } from "./lib/stats.ts";

/** What one look at a broken service came to. */
interface Seen {
  readonly detected: boolean;
  readonly healed: boolean;
  readonly escalated: boolean;
  readonly source: string | null;
  readonly tries: number;
  readonly modelCalls: number;
  readonly action: string | null;
  /** Some healer knows this kind of fault, whether it was asked or not. */
  readonly hasHealer: boolean;
  readonly ms: { readonly detect: number; readonly choose: number; readonly apply: number; readonly verify: number };
}

/** Its options. */
export const help: string = `  --only TEXT  only faults and controls whose name has this in it`;

/** Runs the scenario. */
export async function run(options: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({ args: [...options.args], options: { only: { type: "string" } } });
  const out = report("healing", options);
  const chosen = (all: readonly Injection[]): readonly Injection[] =>
    all.filter(({ name }) => values.only === undefined || name.includes(values.only));
  const dir = mkdtempSync(join(tmpdir(), "brainops-bench-"));
  const world = await shopWorld(dir);
  const firsts: { readonly fault: Injection; readonly seen: Seen }[] = [];
  const seconds: typeof firsts = [];
  let falseActions = 0;
  try {
    for (const control of chosen(controls)) {
      const brain = await createBrain({ store: memoryStore(), plugins: [world.crew] });
      const seen = await look(world, brain, control);
      await brain.close();
      falseActions += seen.tries;
      out.row({ kind: "control", name: control.name, detected: seen.detected, actions: seen.tries });
    }
    // One memory for all kinds, as in life: what was learnt of one must not spoil another.
    const brain = await createBrain({ store: memoryStore(), plugins: [world.crew] });
    for (const round of [firsts, seconds]) {
      for (const fault of chosen(faults)) {
        const seen = await look(world, brain, fault);
        round.push({ fault, seen });
        const { ms, ...rest } = seen;
        out.row({
          kind: round === firsts ? "first" : "second",
          name: fault.name,
          right: right(fault, seen),
          ...rest,
          ...prefixed(ms),
        });
      }
    }
    await brain.close();
  } finally {
    await world.close();
    rmSync(dir, { recursive: true, force: true });
  }
  const curable = seconds.filter(({ fault }) => (fault.cure ?? []).length > 0);
  const remembered = curable.filter(
    ({ seen }) => seen.source === "memory" && seen.tries === 1 && seen.modelCalls === 0,
  );
  const times = firsts.filter(({ seen }) => seen.healed).map(({ seen }) => seen.ms);
  out.row({
    kind: "all",
    faults: firsts.length,
    without_a_healer: firsts.filter(({ seen }) => !seen.hasHealer).length,
    by_search: firsts.filter(({ seen }) => seen.source === "search").length,
    detected: firsts.filter(({ seen }) => seen.detected).length,
    right_first_time: firsts.filter(({ fault, seen }) => right(fault, seen)).length,
    right_second_time: seconds.filter(({ fault, seen }) => right(fault, seen)).length,
    from_memory_without_a_failed_try: `${remembered.length} of ${curable.length}`,
    share_from_memory: Number((remembered.length / Math.max(1, curable.length)).toFixed(3)),
    false_tries_second_time: seconds.reduce(
      (sum, { seen }) => sum + (seen.source === "memory" ? seen.tries - 1 : 0),
      0,
    ),
    controls: chosen(controls).length,
    false_actions: falseActions,
    ...Object.fromEntries(
      (["detect", "choose", "apply", "verify"] as const).flatMap((stage) => [
        [
          `${stage}_median_ms`,
          Math.round(
            quantile(
              times.map((ms) => ms[stage]),
              0.5,
            ),
          ),
        ],
        [
          `${stage}_p95_ms`,
          Math.round(
            quantile(
              times.map((ms) => ms[stage]),
              0.95,
            ),
          ),
        ],
      ]),
    ),
  });
}

/** Healed and really well by an independent look; or, where only a person can help, handed to one. */
function right(fault: Injection, seen: Seen): boolean {
  return (fault.cure ?? []).length > 0 ? seen.healed : seen.escalated && !seen.healed;
}

async function look(world: ShopWorld, brain: Brain, injection: Injection): Promise<Seen> {
  await world.reset();
  await injection.inject(world);
  const run = await brain.run(world.crew.watch, {});
  if (run.status !== "completed") throw new Error(`The look at "${injection.name}" ended as ${run.status}.`);
  const { healing } = run.state;
  const entries = await brain.journal(run.id);
  const spent = (match: (name: string) => boolean): number =>
    entries.reduce((sum, entry) => sum + (entry.type === "effect-completed" && match(entry.name) ? entry.ms : 0), 0);
  const probes = entries.filter((entry) => entry.type === "effect-completed" && entry.name === "http.probe");
  const [first] = probes;
  const well = (await world.crew.service?.probe())?.ok === true;
  return {
    detected: healing !== null,
    healed: healing?.healed === true && well,
    escalated: healing?.escalated === true,
    source: healing?.source ?? null,
    tries: healing?.tries ?? 0,
    modelCalls: healing?.modelCalls ?? 0,
    action: healing?.remedy?.action ?? null,
    hasHealer: known(world, entries),
    ms: {
      detect: first?.type === "effect-completed" ? first.ms : 0,
      choose: spent((name) => name === "memory.recall" || name === "healing.search"),
      apply: spent((name) => name.startsWith("action.")),
      verify: spent((name) => name === "healing.verify"),
    },
  };
}

/** Whether one of the healers that know classes of faults proposes something against what the monitor saw first. */
function known({ crew: { service } }: ShopWorld, entries: readonly Entry[]): boolean {
  for (const entry of entries) {
    if (entry.type !== "node-completed" || entry.node !== "monitor") continue;
    const { data } = z.object({ fault: faultSchema }).safeParse(entry.body?.update);
    if (data === undefined || service === undefined) return false;
    // None of them looks at its second argument.
    return serviceHealers(service).some((each) => [each.remedies(data.fault, {} as NodeContext)].flat().length > 0);
  }
  return false;
}

function prefixed(ms: Seen["ms"]): { readonly [key: string]: number } {
  return Object.fromEntries(Object.entries(ms).map(([stage, value]) => [`${stage}_ms`, Math.round(value)]));
}
