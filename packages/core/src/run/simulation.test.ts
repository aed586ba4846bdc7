import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  createBrain,
  END,
  graph,
  START,
  type BrainEvent,
  type Entry,
  type Graph,
  type NodeContext,
  type RunResult,
} from "../index.ts";
import { canonicalJournal, faultyStore, memoryStore, type CommitFate } from "../testing/index.ts";

/** What a generated node does: effects one after the other or beside each other, memory, notes, failures. */
interface Behaviour {
  readonly effects: readonly ("pure" | "idempotent" | "compensatable")[];
  readonly beside: boolean;
  readonly remembers: boolean;
  /** Fails this often before it succeeds. */
  readonly fails: number;
  /** Waits so many milliseconds first. */
  readonly sleeps: number;
}

/** A generated graph: a sequence of parts. */
type Part =
  | { readonly kind: "node"; readonly does: Behaviour }
  | { readonly kind: "fork"; readonly branches: readonly Behaviour[] }
  | { readonly kind: "map"; readonly items: number; readonly does: Behaviour }
  | { readonly kind: "nested"; readonly items: number; readonly inner: number; readonly does: Behaviour }
  | { readonly kind: "loop"; readonly rounds: number; readonly does: Behaviour };

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  effects: fc.array(fc.constantFrom("pure", "idempotent", "compensatable"), { maxLength: 3 }),
  beside: fc.boolean(),
  remembers: fc.boolean(),
  fails: fc.constantFrom(0, 0, 0, 1),
  sleeps: fc.constantFrom(0, 0, 0, 1),
});
const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constant("node" as const), does: behaviour }),
  fc.record({ kind: fc.constant("fork" as const), branches: fc.array(behaviour, { minLength: 2, maxLength: 3 }) }),
  fc.record({ kind: fc.constant("map" as const), items: fc.nat(3), does: behaviour }),
  fc.record({ kind: fc.constant("nested" as const), items: fc.nat(2), inner: fc.nat(3), does: behaviour }),
  fc.record({ kind: fc.constant("loop" as const), rounds: fc.integer({ min: 1, max: 3 }), does: behaviour }),
);
const fates: fc.Arbitrary<CommitFate> = fc.constantFrom("ok", "ok", "ok", "ok", "lost", "crash-before", "crash-after");

/** What happened outside, by idempotency key, over all lives of a run. */
interface Outside {
  readonly times: Map<string, number>;
  /** Effects that a listener was told, or the store held after a death, to be done. */
  readonly finished: Set<string>;
  /** Finished effects that were done again. */
  readonly repeated: string[];
}

/** One process: what it does after its death does not happen. */
interface Life {
  readonly outside: Outside;
  dead: boolean;
}

const state = z.object({
  log: z.array(z.string()).default([]),
  round: z.number().default(0),
  item: z.number().optional(),
});

function build(parts: readonly Part[], life: Life): Graph {
  let builder = graph({
    name: "generated",
    state,
    reducers: { log: (log, lines: string[]) => [...log, ...lines] },
    maxSteps: 200,
  });
  type Loose = {
    node: (...args: unknown[]) => Loose;
    edge: (from: string, to: string | readonly string[]) => Loose;
    branch: (...args: unknown[]) => Loose;
    each: (...args: unknown[]) => Loose;
    graph: (...args: unknown[]) => Loose;
    build: () => Graph;
  };
  let loose = builder as unknown as Loose;
  const work = (name: string, does: Behaviour, round = false): object => ({
    name,
    input: z.object({ item: z.number().optional(), round: z.number() }),
    output: z.object({ log: z.array(z.string()), ...(round ? { round: z.number() } : {}) }),
    retry: { attempts: 3, backoffMs: 0 },
    run: (given: { item?: number; round: number }, ctx: NodeContext) => behave(name, does, life, given, ctx, round),
  });
  const add = (name: string, does: Behaviour, round = false): void => {
    loose = loose.node(name, work(name, does, round));
  };
  const list = (length: number) => () => Array.from({ length }, (_, item) => item);
  /** A graph as a node, which maps over a list of its own. */
  const addNested = (name: string, does: Behaviour, items: number): void => {
    const inner = graph({ name, state, reducers: { log: (log, lines: string[]) => [...log, ...lines] } });
    const built = (inner as unknown as Loose)
      .node("leaf", work("leaf", does))
      .each(START, { over: list(items), as: "item", to: "leaf" })
      .edge("leaf", END)
      .build();
    const input = ({ item }: { item?: number }): object => ({ log: [`outer ${item}`] });
    loose = loose.graph(name, built, { input, output: ({ log }: { log: string[] }) => ({ log }) });
  };
  let before = START as string;
  for (const [index, each] of parts.entries()) {
    const name = `p${index}`;
    if (each.kind === "node" || each.kind === "loop") {
      add(name, each.does, each.kind === "loop");
      loose = loose.edge(before, name);
      before = name;
      if (each.kind === "loop") {
        loose = loose
          .node(`${name}-after`, () => ({ round: 0 }))
          .branch(name, ({ round }: { round: number }) => (round < each.rounds ? name : `${name}-after`), [
            name,
            `${name}-after`,
          ]);
        before = `${name}-after`;
      }
    } else {
      loose = loose
        .node(`${name}-open`, () => ({}))
        .node(`${name}-join`, ({ log }: { log: string[] }) => ({ log: [`${name} joined ${log.length}`] }))
        .edge(before, `${name}-open`);
      if (each.kind === "map" || each.kind === "nested") {
        if (each.kind === "map") add(name, each.does);
        else addNested(name, each.does, each.inner);
        loose = loose.each(`${name}-open`, { over: list(each.items), as: "item", to: name }).edge(name, `${name}-join`);
      } else {
        for (const [branch, does] of each.branches.entries()) add(`${name}-${branch}`, does);
        loose = loose.edge(
          `${name}-open`,
          each.branches.map((_, branch) => `${name}-${branch}`),
        );
        for (const branch of each.branches.keys()) loose = loose.edge(`${name}-${branch}`, `${name}-join`);
      }
      before = `${name}-join`;
    }
  }
  return loose.edge(before, END).build();
}

async function behave(
  name: string,
  does: Behaviour,
  life: Life,
  given: { item?: number; round: number },
  ctx: NodeContext,
  round: boolean,
): Promise<object> {
  const log: string[] = [];
  const { times, finished, repeated } = life.outside;
  const happens = (key: string, count: number): void => {
    if (life.dead) return;
    times.set(key, count);
    if (finished.has(key)) repeated.push(key);
  };
  const effect = async (kind: Behaviour["effects"][number], index: number): Promise<string> =>
    ctx.effect({
      name: `e${index} ${kind}`,
      class: kind,
      input: { index, item: given.item },
      run: async ({ key }) => {
        // Yields a varying number of turns, so that branches and effects finish in varying order.
        for (let turn = key.length % (index + 2); turn > 0; turn--)
          await new Promise((resolve) => setImmediate(resolve));
        happens(key, (times.get(key) ?? 0) + 1);
        return `${name}${index}`;
      },
      // In doubt, it may never have been done.
      undo: ({ key }) => happens(key, 0),
    });
  if (does.sleeps > 0) await ctx.sleep(does.sleeps);
  // In the order of the calls: the order in which they end is up to the outside.
  if (does.beside) log.push(...(await Promise.all(does.effects.map(effect))));
  else for (const [index, kind] of does.effects.entries()) log.push(await effect(kind, index));
  // A later try does more than the one before: what is taken over mixes with what is new.
  if (ctx.attempt > 1) log.push(...(await Promise.all([effect("idempotent", 8), effect("pure", 9)])));
  if (does.remembers) ctx.remember({ kind: "experience", text: `memory of ${name}` });
  if (ctx.attempt <= does.fails) throw new Error(`planned failure ${ctx.attempt}`);
  log.push(`${ctx.random().toFixed(6)} ${ctx.id().slice(-4)} ${given.item ?? ""}`);
  return { log, ...(round ? { round: given.round + 1 } : {}) };
}

/** The key under which a finished effect was done, when it changes the outside. */
function keyOf(entry: Entry): string | undefined {
  if (entry.type !== "effect-completed" || entry.class === "pure") return undefined;
  return `r${entry.path}/${entry.node}#${entry.visit}/${entry.call}/${entry.name}`;
}

async function runToEnd(
  parts: readonly Part[],
  given: readonly CommitFate[],
): Promise<{ result: RunResult; journal: readonly Entry[]; outside: Outside; memories: string[]; equal: boolean }> {
  const outside: Outside = { times: new Map(), finished: new Set(), repeated: [] };
  const disk = memoryStore();
  let next = 0;
  for (;;) {
    const life: Life = { outside, dead: false };
    const store = faultyStore(disk, () => given[next++] ?? "ok");
    void store.crashed.then(() => (life.dead = true));
    const g = build(parts, life);
    const finish = (entry: Entry): void => {
      const key = keyOf(entry);
      if (key !== undefined && !life.dead) outside.finished.add(key);
    };
    const listener = (event: BrainEvent): void => void (event.type === "entry" && finish(event.entry));
    const brain = await createBrain({ store, graphs: [g], listeners: [listener] });
    const held = await (await disk.open()).read("journal/r");
    for (const { entry } of held) finish(entry as unknown as Entry);
    const running = held.length > 0 ? brain.resume("r") : brain.run(g, {}, { id: "r" });
    const result = await Promise.race([store.crashed.then(() => undefined), running]);
    if (result === undefined) continue;
    const journal = await brain.journal("r");
    const { equal } = await brain.replay({ run: "r" });
    const memories = (await brain.store.find({ scope: "main" }))
      .map(({ record }) => `${record.id.slice(14)} ${record.text}`)
      .toSorted();
    await brain.close();
    return { result, journal, outside, memories, equal };
  }
}

test("wherever it crashes and however branches are timed, a run ends in the same state, journal and memory", async ({
  task,
}) => {
  task.meta.parts = "nothing parts; it replays every journal by itself";
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.array(fates, { maxLength: 40 }),
      async (parts, given) => {
        const whole = await runToEnd(parts, []);
        const broken = await runToEnd(parts, given);
        expect(broken.result).toEqual(whole.result);
        expect(broken.memories).toEqual(whole.memories);
        expect(canonicalJournal(broken.journal)).toEqual(canonicalJournal(whole.journal));
        expect([whole.equal, broken.equal]).toEqual([true, true]);
        // What was journaled as done was done, and never again once it was known to be so.
        expect(broken.outside.repeated).toEqual([]);
        for (const [key, times] of broken.outside.times) {
          expect(times, key).toBeGreaterThanOrEqual(1);
          // In doubt, it was undone first.
          if (key.endsWith("compensatable")) expect(times, key).toBe(1);
        }
        expect([...broken.outside.times.keys()].toSorted()).toEqual([...whole.outside.times.keys()].toSorted());
        for (const times of whole.outside.times.values()) expect(times).toBe(1);
      },
    ),
    { numRuns: Number(process.env["BRAINOPS_SEEDS"] ?? 150) },
  );
});
