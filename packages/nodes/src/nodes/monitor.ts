import { setTimeout as delay } from "node:timers/promises";
import { node, type Fault, type JsonObject, type Node, type NodeContext, type StoredRecord } from "@brainops/core";
import { faultSchema, fingerprint } from "@brainops/core/healing";
import { z } from "zod";
import { keepInMemory, keepOfProbe, type Keep } from "../keep.ts";
import { burnFault, checkObjectives, levelOf, type Objective } from "../levels/objective.ts";
import { arrows } from "../memory.ts";
import { probedJson, type Probe } from "../probes/probe.ts";
import { releaseSchema, watchSchema, type Level, type Probed, type Release, type Watch } from "../state.ts";
import { clip } from "../text.ts";
import { heldUntil, healedLately, type Patience } from "./patience.ts";

/** What {@link monitor} needs to know. */
export interface MonitorOptions {
  /** What it looks with, side by side. Their names differ. */
  readonly probes: readonly Probe[];
  /** Service levels. Default: none. */
  readonly objectives?: readonly Objective[];
  /**
   * Keeps what was counted for the service levels, and what probes know from their looks before. Default: in memory, so
   * that it is forgotten with the process.
   */
  readonly keep?: Keep;
  /** A probe must fail so often in a row before it counts: one lost packet is no fault. Default 2. */
  readonly failures?: number;
  /** Milliseconds between two looks of one probe. Default 200. */
  readonly pauseMs?: number;
  /** How long a fault that nothing healed is left to people before healing is tried again, when `patient`. */
  readonly patience?: Patience;
}

/** What the monitor takes from the state. */
export interface MonitorInput {
  /** The release that is looked at, for what is remembered; `null` when none is named. */
  readonly release: Release | null;
  /** Leave a fault that nothing healed to people for a while, as a round of a loop should. Default no. */
  readonly patient?: boolean | undefined;
}

/** What the monitor puts into the state. */
export interface MonitorOutput {
  /** What it saw. */
  readonly watch: Watch;
  /** What is wrong, for healing; `null` when all is well. */
  readonly fault: Fault | null;
}

/**
 * Probes what runs, keeps track of service levels, and turns what is wrong into a {@link Fault} for healing: one for each
 * subject, the first that is not held. It remembers what it saw when that is new, and not each time that it sees the same.
 *
 * Errors: `invalid_input` for objectives that cannot be kept track of.
 *
 * @example
 * ```ts
 * import { httpProbe, monitor } from "@brainops/nodes";
 * const health = httpProbe({ name: "health", subject: "shop", url: "http://127.0.0.1:8080/health" });
 * const node = monitor({ probes: [health] });
 * ```
 */
export function monitor(options: MonitorOptions): Node<"monitor", MonitorInput, MonitorOutput> {
  const { objectives = [], keep = keepInMemory() } = options;
  checkObjectives(objectives, options.probes);
  return node({
    name: "monitor",
    description: "Probes what runs and hands faults to healing",
    input: z.object({ release: releaseSchema.nullable(), patient: z.boolean().optional() }),
    output: z.object({ watch: watchSchema, fault: faultSchema.nullable() }),
    run: async ({ release, patient = false }, ctx) => {
      const listed = await ctx.effect({
        name: "probes.list",
        class: "pure",
        run: () => options.probes.map(({ name, kind, subject }) => ({ name, kind, subject })),
      });
      const probes = await Promise.all(listed.map(({ name, kind }) => look(ctx, options, keep, name, kind)));
      const levels = await weighLevels(ctx, objectives, keep, probes);
      const faults: { readonly fault: Fault; readonly until: number | null }[] = [];
      for (const fault of faultsOf(listed, probes, levels, release)) {
        // A budget goes on burning in its windows for a while after its cause was mended.
        if (fault.source === "metric" && fault.data?.["objective"] !== undefined && (await healedLately(ctx, fault)))
          continue;
        faults.push({ fault, until: patient ? await heldUntil(ctx, fault, options.patience) : null });
      }
      const first = faults.find(({ until }) => until === null) ?? faults[0];
      const fault = first?.fault ?? null;
      const subject = fault?.subject ?? listed[0]?.subject ?? "nothing";
      const record = await remember(ctx, { subject, fault, probes, levels, release });
      return {
        watch: {
          ok: fault === null,
          probes,
          record,
          ...(levels.length === 0 ? {} : { levels }),
          ...(first?.until == null ? {} : { heldUntil: first.until }),
        },
        fault,
      };
    },
  });
}

function look(ctx: NodeContext, options: MonitorOptions, keep: Keep, name: string, kind: string): Promise<Probed> {
  return ctx.effect({
    name: `${kind}.probe`,
    class: "pure",
    input: { probe: name },
    run: async ({ signal }) => {
      const probe = options.probes.find((each) => each.name === name);
      if (probe === undefined) return { name, ok: false, ms: 0, detail: "there is no such probe any more" };
      const own = keepOfProbe(keep, name);
      let seen = await probe.check(signal, own);
      // What a log said is said once.
      const looks = probe.kind === "log" ? 1 : (options.failures ?? 2);
      for (let i = 1; i < looks && !seen.ok && !signal.aborted; i++) {
        await delay(options.pauseMs ?? 200);
        seen = await probe.check(signal, own);
      }
      return probedJson(seen);
    },
  });
}

async function weighLevels(
  ctx: NodeContext,
  objectives: readonly Objective[],
  keep: Keep,
  probes: readonly Probed[],
): Promise<readonly Level[]> {
  const names = await ctx.effect({ name: "levels.list", class: "pure", run: () => objectives.map(({ name }) => name) });
  const now = ctx.now();
  return Promise.all(
    names.map((name) =>
      ctx.effect({
        name: "level.weigh",
        class: "idempotent",
        input: { objective: name, now },
        run: async ({ signal }) => {
          const objective = objectives.find((each) => each.name === name);
          if (objective === undefined)
            return { name, subject: "nothing", target: 1, left: 1, burn: null, severity: null };
          return { ...(await levelOf(objective, probes, keep, now, signal)) };
        },
      }),
    ),
  );
}

/** One fault for each subject: what its probes say, or else the budget that burns most. */
function faultsOf(
  listed: readonly { readonly name: string; readonly kind: string; readonly subject: string }[],
  probes: readonly Probed[],
  levels: readonly Level[],
  release: Release | null,
): readonly Fault[] {
  const kindOf = (name: string): string => listed.find((each) => each.name === name)?.kind ?? "http";
  const subjects = [...new Set([...listed.map(({ subject }) => subject), ...levels.map(({ subject }) => subject)])];
  return subjects.flatMap((subject) => {
    const names = new Set(listed.filter((each) => each.subject === subject).map(({ name }) => name));
    const failed = probes.filter((probe) => !probe.ok && names.has(probe.name));
    if (failed.length > 0) return [faultOf(subject, failed, kindOf, release)];
    const [worst] = levels
      .filter((level) => level.subject === subject)
      .toSorted((a, b) => (b.burn ?? 0) - (a.burn ?? 0))
      .flatMap((level) => burnFault(level) ?? []);
    return worst === undefined ? [] : [worst];
  });
}

function faultOf(
  subject: string,
  failed: readonly Probed[],
  kindOf: (probe: string) => string,
  release: Release | null,
): Fault {
  const kinds = new Set(failed.map(({ name }) => kindOf(name)));
  const [only] = kinds.size === 1 ? kinds : [];
  const { group, revision } = (failed.length === 1 ? failed[0] : undefined) ?? {};
  const circumstances = Object.assign({}, ...failed.map((probe) => probe.circumstances ?? {})) as NonNullable<
    Fault["circumstances"]
  >;
  return {
    source: only === "log" || only === "metric" ? only : "probe",
    subject,
    text: failed.map((probe) => `${probe.name}: ${probe.detail}`).join("\n"),
    data: {
      probes: failed.map((probe) => probe.name),
      release: release?.id ?? null,
      ...(group === undefined ? {} : { group }),
      ...(revision === undefined ? {} : { revision }),
    },
    ...(Object.keys(circumstances).length === 0 ? {} : { circumstances }),
  };
}

interface Sight {
  readonly subject: string;
  readonly fault: Fault | null;
  readonly probes: readonly Probed[];
  readonly levels: readonly Level[];
  readonly release: Release | null;
}

/** Remembers what was seen, unless the last that is remembered of the subject says the same. */
async function remember(ctx: NodeContext, { subject, fault, probes, levels, release }: Sight): Promise<string> {
  const print = fault === null ? undefined : fingerprint(fault);
  const tickets = levels.filter(({ severity }) => severity === "ticket").map(({ name }) => name);
  const same: JsonObject = { fault: print ?? null, release: release?.id ?? null, tickets };
  const tags = ["monitor", `about:${subject}`.slice(0, 200)];
  const [last] = await ctx.recall({ text: "", kinds: ["experience"], tags, limit: 1 });
  if (last !== undefined && saysTheSame(last.record, same)) {
    ctx.count(last.record.id, "uses");
    return last.record.id;
  }
  const known =
    print === undefined ? [] : await ctx.recall({ text: "", kinds: ["error"], fingerprint: print, limit: 1 });
  const burnt = tickets.map((name) => `\nThe error budget of ${name} will not last.`).join("");
  return ctx.remember({
    kind: "experience",
    text: clip(
      (fault === null
        ? `${subject} is well: ${probes.filter(({ ok }) => ok).length} of ${probes.length} probes`
        : `${subject} is not well: ${fault.text}`) + burnt,
      4_000,
    ),
    data: {
      ...same,
      probes: probes.map(probedJson),
      levels: levels.map((level) => ({ ...level })),
      seenBefore: known.length > 0,
    },
    tags,
    trust: fault === null ? "test" : "outside",
    importance: fault === null && burnt === "" ? 0.1 : 0.5,
    links: [
      ...arrows("about", [release?.record]),
      ...arrows(
        "about",
        known.map((hit) => hit.record.id),
        "the same fault was seen before",
      ),
    ],
  });
}

function saysTheSame({ data }: Pick<StoredRecord["record"], "data">, same: JsonObject): boolean {
  return Object.entries(same).every(([key, value]) => JSON.stringify(data[key]) === JSON.stringify(value));
}
