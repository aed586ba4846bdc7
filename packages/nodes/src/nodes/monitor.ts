import { setTimeout as delay } from "node:timers/promises";
import { node, type Fault, type Node, type NodeContext } from "@brainops/core";
import { faultSchema, fingerprint } from "@brainops/core/healing";
import { z } from "zod";
import { arrows } from "../memory.ts";
import { probedJson, type Probe } from "../probes/probe.ts";
import { releaseSchema, watchSchema, type Probed, type Release, type Watch } from "../state.ts";
import { clip } from "../text.ts";

/** What {@link monitor} needs to know. */
export interface MonitorOptions {
  readonly probes: readonly Probe[];
  /** A probe must fail so often in a row before it counts: one lost packet is no fault. Default 2. */
  readonly failures?: number;
  /** Milliseconds between two looks of one probe. Default 200. */
  readonly pauseMs?: number;
}

/** What the monitor takes from the state. */
export interface MonitorInput {
  readonly release: Release | null;
}

/** What the monitor puts into the state. */
export interface MonitorOutput {
  readonly watch: Watch;
  /** What is wrong, for healing; `null` when all is well. */
  readonly fault: Fault | null;
}

/** Probes what runs, and turns a failure into a {@link Fault} for healing. Records what it saw. */
export function monitor(options: MonitorOptions): Node<"monitor", MonitorInput, MonitorOutput> {
  return node({
    name: "monitor",
    description: "Probes what runs and hands faults to healing",
    input: z.object({ release: releaseSchema.nullable() }),
    output: z.object({ watch: watchSchema, fault: faultSchema.nullable() }),
    run: async ({ release }, ctx) => {
      const listed = await ctx.effect({
        name: "probes.list",
        class: "pure",
        run: () => options.probes.map(({ name, kind, subject }) => ({ name, kind, subject })),
      });
      const probes = await Promise.all(listed.map(({ name, kind }) => look(ctx, options, name, kind)));
      const failed = probes.filter((probe) => !probe.ok);
      const subject = listed.find(({ name }) => name === failed[0]?.name)?.subject ?? listed[0]?.subject ?? "nothing";
      const fault = failed.length === 0 ? null : faultOf(subject, failed, release);
      const print = fault === null ? undefined : fingerprint(fault);
      const known =
        print === undefined ? [] : await ctx.recall({ text: "", kinds: ["error"], fingerprint: print, limit: 1 });
      const record = ctx.remember({
        kind: "experience",
        text: clip(
          fault === null
            ? `${subject} is well: ${probes.length} of ${probes.length} probes`
            : `${subject} is not well: ${fault.text}`,
          4_000,
        ),
        data: { probes: probes.map(probedJson), seenBefore: known.length > 0 },
        tags: ["monitor"],
        trust: fault === null ? "test" : "outside",
        importance: fault === null ? 0.1 : 0.5,
        links: [
          ...arrows("about", [release?.record]),
          ...arrows(
            "about",
            known.map((hit) => hit.record.id),
            "the same fault was seen before",
          ),
        ],
      });
      return { watch: { ok: fault === null, probes, record }, fault };
    },
  });
}

function look(ctx: NodeContext, options: MonitorOptions, name: string, kind: string): Promise<Probed> {
  return ctx.effect({
    name: `${kind}.probe`,
    class: "pure",
    input: { probe: name },
    run: async ({ signal }) => {
      const probe = options.probes.find((each) => each.name === name);
      if (probe === undefined) return { name, ok: false, ms: 0, detail: "there is no such probe any more" };
      let seen = await probe.check(signal);
      for (let i = 1; i < (options.failures ?? 2) && !seen.ok && !signal.aborted; i++) {
        await delay(options.pauseMs ?? 200);
        seen = await probe.check(signal);
      }
      return probedJson(seen);
    },
  });
}

function faultOf(subject: string, failed: readonly Probed[], release: Release | null): Fault {
  return {
    source: "probe",
    subject,
    text: failed.map((probe) => `${probe.name}: ${probe.detail}`).join("\n"),
    data: { probes: failed.map((probe) => probe.name), release: release?.id ?? null },
  };
}
