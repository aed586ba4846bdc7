// Set up for every test: when a Brain is closed, the journals of its runs are replayed offline, and must be equal.
import { afterEach, beforeEach, expect, vi, type TestContext } from "vitest";
import type { Brain, Graph } from "@brainops/core";

declare module "vitest" {
  interface TaskMeta {
    /** Why code and journal part in this test: it is what the test is about. */
    parts?: string;
  }
}

type Members = { readonly [name: string]: (...args: unknown[]) => Promise<unknown> };

// Also where a test has fake ones.
const realTimer = setTimeout;
/** The test at work, and what was found since the last one ended. One for the process: where files of tests share it, so do they. */
const now: { test?: TestContext; readonly parted: string[] } = ((
  globalThis as { brainopsReplays?: { parted: string[] } }
).brainopsReplays ??= { parted: [] });

vi.mock("../packages/core/src/brain/create-brain.ts", async (original) => {
  const real = await original<{ readonly createBrain: (options: unknown) => Promise<Brain> }>();
  return { ...real, createBrain: async (options: unknown) => watched(await real.createBrain(options)) };
});

/** The same Brain, which remembers what graph each of its runs was given. */
function watched(brain: Brain): Brain {
  const { run, submit, resume, close } = brain as unknown as Required<Members>;
  const graphs = new Map<string, Graph | undefined>();
  const given = (id: unknown, graph: unknown): void =>
    void graphs.set(String(id), typeof graph === "object" ? (graph as Graph) : undefined);
  const members: Members = {
    async run(graph, ...rest) {
      const result = await run?.(graph, ...rest);
      given((result as { readonly id: string }).id, graph);
      return result;
    },
    async submit(graph, ...rest) {
      const id = await submit?.(graph, ...rest);
      given(id, graph);
      return id;
    },
    async resume(id, graph, ...rest) {
      const result = await resume?.(id, graph, ...rest);
      given(id, graph);
      return result;
    },
    async close() {
      if (now.test?.task.meta.parts === undefined)
        for (const [id, graph] of graphs) now.parted.push(...(await replay(brain, id, graph)));
      await close?.();
    },
  };
  const same: unknown = Object.freeze({ ...brain, ...members });
  return same as Brain;
}

// What is erased, damaged, gone or closed on purpose cannot be replayed; that it says so is for its own tests.
const elsewhere = ["erased", "journal_corrupt", "not_found", "store_closed", "store_corrupt"];

/** Of a node that waits for something of its own test, the replay never ends. */
const hung = (): Promise<undefined> =>
  new Promise((resolve) => void realTimer(() => resolve(undefined), 30_000).unref());

/** Whether another version of its graph went on with a run: that one is known to another Brain. */
async function wentElsewhere(brain: Brain, id: string, graph: Graph | undefined): Promise<boolean> {
  const known = graph === undefined ? (brain.registry.versions as readonly Graph[]) : [graph];
  const taken = (await brain.journal(id)).findLast((entry) => entry.type === "run-taken" && "fingerprint" in entry);
  return taken?.type === "run-taken" && !known.some(({ fingerprint }) => fingerprint === taken.fingerprint);
}

async function replay(brain: Brain, id: string, graph: Graph | undefined): Promise<string[]> {
  try {
    if (await wentElsewhere(brain, id, graph)) return [];
    const replayed = await Promise.race([brain.replay({ run: id }, graph), hung()]);
    if (replayed === undefined) return [`${id}: the replay waits for something outside of the journal`];
    const { equal, divergence } = replayed;
    return equal ? [] : [`${id}: ${JSON.stringify(divergence)}`];
  } catch (error) {
    return elsewhere.includes((error as { readonly code?: string }).code ?? "") ? [] : [`${id}: ${String(error)}`];
  }
}

beforeEach((context) => void (now.test = context));
afterEach(() => expect(now.parted.splice(0), "every journal of this test replays equal").toEqual([]));
