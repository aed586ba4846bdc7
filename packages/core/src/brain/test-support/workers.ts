import { createBrain, END, graph, START, type Brain, type BrainOptions, type Graph } from "../../index.ts";
import { memoryStore, virtualClock, type VirtualClock } from "../../testing/index.ts";
import { common, type Work } from "../../run/fixture.ts";

/** The clock of all of these tests: it stands still until {@link until} moves it. */
export const clock: VirtualClock = virtualClock();
const brains: Brain[] = [];
/** Closes the Brains that a test has opened: what comes after each test. */
export async function closeAll(): Promise<void> {
  await Promise.all(brains.splice(0).map((brain) => brain.close()));
}

/** Opens a Brain, which {@link closeAll} closes. */
export async function open(options: Partial<BrainOptions>): Promise<Brain> {
  const brain = await createBrain({ store: memoryStore(), clock, ...options });
  brains.push(brain);
  return brain;
}

/** A graph of one node. */
export function named(
  name: string,
  work: Work,
  more: { version?: string; continues?: string[] } = {},
): Graph<{ n?: number }> {
  return graph({ name, ...common, ...more })
    .node("work", work)
    .edge(START, "work")
    .edge("work", END)
    .build() as never;
}

/** Lets time pass, second by second, until it holds. */
export async function until(holds: () => unknown, mostSeconds = 200): Promise<void> {
  for (let second = 0; second < mostSeconds; second++) {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (await holds()) return;
    await clock.advance(1000);
  }
  throw new Error("It never came to that.");
}

/** How a run stands. */
export const status = async (brain: Brain, id: string): Promise<string | undefined> =>
  (await brain.runs()).find((run) => run.id === id)?.status;
/** Tells whether a run has completed. */
export const completed = (brain: Brain, id: string) => async (): Promise<boolean> =>
  (await status(brain, id)) === "completed";
