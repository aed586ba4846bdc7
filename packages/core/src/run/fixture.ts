import {
  createBrain,
  END,
  graph,
  START,
  type Brain,
  type BrainOptions,
  type Entry,
  type Graph,
  type NodeContext,
  type RunResult,
} from "../index.ts";
import { memoryStore, type VirtualClock } from "../testing/index.ts";
import { z } from "zod";

type Schema = z.ZodObject<{ n: z.ZodDefault<z.ZodNumber>; log: z.ZodDefault<z.ZodArray<z.ZodString>> }>;

/** State and reducers that most graphs of these tests have. */
export const common: {
  readonly state: Schema;
  readonly reducers: { readonly log: (log: string[], lines: string[]) => string[] };
} = {
  state: z.object({ n: z.number().default(0), log: z.array(z.string()).default([]) }),
  reducers: { log: (log, lines) => [...log, ...lines] },
};

type Given = z.output<Schema>;
type Returned = { readonly n?: number; readonly log?: string[] };

/** What a node of these tests does. */
export type Work = (given: Given, ctx: NodeContext) => Returned | Promise<Returned>;

/** A graph of one node. */
export function single(work: Work): Graph<z.input<Schema>, Given> {
  return graph({ name: "g", ...common })
    .node("work", work)
    .edge(START, "work")
    .edge("work", END)
    .build();
}

/** Makes a Brain, uses it and closes it. */
export async function withBrain<T>(options: Partial<BrainOptions>, use: (brain: Brain) => Promise<T>): Promise<T> {
  const brain = await createBrain({ store: memoryStore(), ...options });
  try {
    return await use(brain);
  } finally {
    await brain.close();
  }
}

/** The error of a failed run; the result itself when it did not fail, so that the test shows it. */
export const errorOf = (result: RunResult): unknown => (result.status === "failed" ? result.error : result);

/** The types of entries, in order. */
export const types = (entries: readonly Entry[]): string[] => entries.map((entry) => entry.type);

/** Moves time on, sleeper by sleeper, until something is there. */
export async function untilDone<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let done = false;
  const settle = (): void => void (done = true);
  work.then(settle, settle);
  while (!done) if (!(await clock.next())) await new Promise((resolve) => setImmediate(resolve));
  return work;
}
