import { z } from "zod";
import { END, graph, START, type Graph, type NodeContext } from "../index.ts";

/**
 * What a generated node waits for. Of `raced`, `dropped` and `late` the time may be over before anything comes, or after: what
 * they come to is the same, so that runs can be compared, and how they came to it is not.
 */
export type WaitKind = "own" | "shared" | "asked" | "raced" | "dropped" | "late";

/** What a generated node does: effects one after the other or beside each other, waits, memory, notes, failures. */
export interface Behaviour {
  readonly effects: readonly ("pure" | "idempotent" | "compensatable")[];
  readonly beside: boolean;
  readonly waits: readonly WaitKind[];
  readonly remembers: boolean;
  /** Fails this often before it succeeds. */
  readonly fails: number;
  /** Waits so many milliseconds first. */
  readonly sleeps: number;
  /** Milliseconds of one try; it is tried again until it succeeds. */
  readonly timeoutMs: number | undefined;
  /** Characters that it notes, so that snapshots are taken. */
  readonly notes: number;
}

/** A generated graph: a sequence of parts. */
export type Part =
  | { readonly kind: "node"; readonly does: Behaviour }
  | { readonly kind: "fork"; readonly branches: readonly Behaviour[] }
  | { readonly kind: "map"; readonly items: number; readonly does: Behaviour }
  | { readonly kind: "nested"; readonly items: number; readonly inner: number; readonly does: Behaviour }
  | { readonly kind: "loop"; readonly rounds: number; readonly does: Behaviour };

/** Whether how a node came to its end depends on when what it waits for comes. */
const isRacing = ({ waits, timeoutMs }: Behaviour): boolean =>
  timeoutMs !== undefined || waits.some((kind) => kind === "raced" || kind === "dropped" || kind === "late");

/** What happens outside, told by its idempotency key; `undone`: taken back. */
export type Happens = (key: string, undone: boolean) => void;

const state = z.object({
  log: z.array(z.string()).default([]),
  round: z.number().default(0),
  item: z.number().optional(),
});

type Loose = {
  node: (...args: unknown[]) => Loose;
  edge: (from: string, to: string | readonly string[]) => Loose;
  branch: (...args: unknown[]) => Loose;
  each: (...args: unknown[]) => Loose;
  graph: (...args: unknown[]) => Loose;
  build: () => Graph;
};

/** Builds a graph whose nodes do what they do outside by `happens`. */
export function build(parts: readonly Part[], happens: Happens): Graph {
  let loose = graph({
    name: "generated",
    state,
    reducers: { log: (log, lines: string[]) => [...log, ...lines] },
    maxSteps: 200,
  }) as unknown as Loose;
  const work = (name: string, does: Behaviour, round = false): object => ({
    name,
    input: z.object({ item: z.number().optional(), round: z.number() }),
    output: z.object({ log: z.array(z.string()), ...(round ? { round: z.number() } : {}) }),
    retry: { attempts: does.timeoutMs === undefined ? 3 : 1000, backoffMs: 0 },
    ...(does.timeoutMs === undefined ? {} : { timeoutMs: does.timeoutMs }),
    run: (given: { item?: number; round: number }, ctx: NodeContext) => behave(name, does, happens, given, ctx, round),
  });
  const add = (name: string, does: Behaviour, round = false): void => {
    loose = loose.node(name, work(name, does, round));
  };
  const list = (length: number) => () => Array.from({ length }, (_, item) => item);
  /** A graph as a node, which maps over a list of its own. */
  const addNested = (name: string, does: Behaviour, items: number): void => {
    const inner = graph({ name, state, reducers: { log: (log, lines: string[]) => [...log, ...lines] } });
    const built = (inner as unknown as Loose)
      .node(`${name}-leaf`, work(`${name}-leaf`, does))
      .each(START, { over: list(items), as: "item", to: `${name}-leaf` })
      .edge(`${name}-leaf`, END)
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

/** The nodes of a graph whose entries depend on when what they wait for comes. */
export function racingNodes(parts: readonly Part[]): ReadonlySet<string> {
  const racing = new Set<string>();
  for (const [index, each] of parts.entries()) {
    if (each.kind !== "fork") {
      if (isRacing(each.does)) racing.add(each.kind === "nested" ? `p${index}-leaf` : `p${index}`);
    } else for (const [branch, does] of each.branches.entries()) if (isRacing(does)) racing.add(`p${index}-${branch}`);
  }
  return racing;
}

async function behave(
  name: string,
  does: Behaviour,
  happens: Happens,
  given: { item?: number; round: number },
  ctx: NodeContext,
  round: boolean,
): Promise<object> {
  const log: string[] = [];
  const effect = async (kind: Behaviour["effects"][number], index: number): Promise<string> =>
    ctx.effect({
      name: `e${index} ${kind}`,
      class: kind,
      input: { index, item: given.item },
      run: async ({ key, signal }) => {
        // Yields a varying number of turns, so that branches and effects finish in varying order.
        for (let turn = key.length % (index + 2); turn > 0; turn--)
          await new Promise((resolve) => setImmediate(resolve));
        // Who is deaf to it is not waited for without an end, and may still be at work when it is done again.
        signal.throwIfAborted();
        happens(key, false);
        return `${name}${index}`;
      },
      // In doubt, it may never have been done.
      undo: ({ key }) => happens(key, true),
    });
  if (does.sleeps > 0 && does.timeoutMs === undefined) await ctx.sleep(does.sleeps);
  if (does.notes > 0) ctx.note("n".repeat(does.notes));
  // In the order of the calls: the order in which they end is up to the outside.
  if (does.beside) log.push(...(await Promise.all(does.effects.map(effect))));
  else for (const [index, kind] of does.effects.entries()) log.push(await effect(kind, index));
  const waiting = does.waits.map(
    (kind, index) => () => wait(kind, `${ctx.path}/${ctx.node}#${ctx.visit}/${index}`, ctx),
  );
  if (does.beside) log.push(...(await Promise.all(waiting.map((begin) => begin()))));
  else for (const begin of waiting) log.push(await begin());
  // A later try does more than the one before: what is taken over mixes with what is new.
  if (ctx.attempt > 1 && !isRacing(does))
    log.push(...(await Promise.all([effect("idempotent", 8), effect("pure", 9)])));
  if (does.remembers) ctx.remember({ kind: "experience", text: `memory of ${name}` });
  if (ctx.attempt <= does.fails) throw new Error(`planned failure ${ctx.attempt}`);
  log.push(`${ctx.random().toFixed(6)} ${ctx.id().slice(-4)} ${given.item ?? ""}`);
  return { log, ...(round ? { round: given.round + 1 } : {}) };
}

/** The value that comes with a signal, or as the answer to a question. */
export const valueOf = (name: string): string => `came ${name}`;

async function wait(kind: WaitKind, name: string, ctx: NodeContext): Promise<string> {
  const inTime = { timeoutMs: 3 };
  switch (kind) {
    case "own":
      return (await ctx.signalled(name)) as string;
    case "shared":
      return (await ctx.signalled("shared")) as string;
    case "asked":
      return (await ctx.ask({ text: name })) as string;
    // What came too late is not lost.
    case "raced":
      return (await ctx.signalled(name, inTime).catch(() => ctx.signalled(name))) as string;
    // Whoever left a wait behind takes nothing from whoever waits for the same after it.
    case "dropped":
      await Promise.race([ctx.signalled("dropped"), ctx.sleep(2)]);
      return "dropped";
    case "late":
      return (await ctx.ask({ text: name, ...inTime }).catch(() => valueOf(name))) as string;
  }
}
