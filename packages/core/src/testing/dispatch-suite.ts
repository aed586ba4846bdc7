import assert from "node:assert/strict";
import { z } from "zod";
import type { Brain } from "../brain/brain.ts";
import { createBrain } from "../brain/create-brain.ts";
import type { Dispatch, Ticket } from "../contracts/dispatch.ts";
import type { NodeContext } from "../contracts/node.ts";
import type { Store, StoreOpener } from "../contracts/store.ts";
import { END, START } from "../graph/definition.ts";
import { graph, type Graph } from "../graph/graph.ts";

/** The part of a test runner that a suite needs. `vitest` and `node:test` both have it. */
export interface DispatchSuiteRunner {
  /** Adds a test. */
  test: (name: string, run: () => Promise<void>) => unknown;
  /** Groups tests. Without it they are added one by one. */
  describe?: (name: string, run: () => void) => unknown;
}

/** A dispatch in a world of its own. */
export interface DispatchUnderTest {
  /** An empty store, which several workers open. */
  readonly store: StoreOpener;
  /** Makes the dispatch of one worker. */
  dispatch(store: Store): Dispatch;
  /** Called when a test is done with it. */
  close?(): Promise<void> | void;
}

/** What the suite is told about a dispatch. */
export interface DispatchSuiteSetup {
  /** Makes a fresh world: each test changes it. */
  create(): Promise<DispatchUnderTest> | DispatchUnderTest;
}

/** One test's world, with workers in it. */
interface World {
  open(...graphs: readonly Graph<object>[]): Promise<Brain>;
  /** Starts a worker. What it is given is noted. */
  work(brain: Brain, concurrency?: number): Ticket[];
}

/**
 * The conformance suite of the {@link Dispatch} contract: every run that is due is proposed to somebody who can go on with it, and
 * to nobody else; each is done once, and none is lost.
 *
 * @example
 * ```ts
 * import { storeDispatch } from "@brainops/core";
 * import { dispatchSuite, memoryStore } from "@brainops/core/testing";
 * import { describe, test } from "node:test";
 * dispatchSuite({ describe, test }, { create: () => ({ store: memoryStore(), dispatch: storeDispatch }) });
 * ```
 */
export function dispatchSuite(runner: DispatchSuiteRunner, setup: DispatchSuiteSetup): void {
  const test = (name: string, run: (world: World) => Promise<void>): unknown =>
    runner.test(name, () => inWorld(setup, run));

  const cases = (): void => {
    test("each run is done once, whichever worker takes it, and nothing is left", async ({ open, work }) => {
      const { ran, made } = noting("once");
      const [one, two] = [await open(made()), await open(made())];
      const ids = Array.from({ length: 20 }, (_, i) => `r${i}`);
      for (const id of ids) await one.submit("once", {}, { id });
      const taken = [work(one), work(two)].flat();
      await until(() => ended(one, 20));
      assert.deepEqual(ran.toSorted(), ids.toSorted());
      assert.ok(taken.every((ticket) => ticket.graph === "once" && ticket.scope === "main"));
      await until(async () => (await one.store.due(Number.MAX_SAFE_INTEGER)).length === 0);
    });

    test("workers of two versions side by side are given runs of their own only", async ({ open, work }) => {
      const { ran, made } = noting("versions");
      const [one, two] = [await open(made({ version: "1" })), await open(made({ version: "2" }))];
      for (let i = 0; i < 12; i++) await (i % 2 ? one : two).submit("versions", {}, { id: `r${i}` });
      const [first, second] = [work(one), work(two)];
      await until(() => ended(one, 12));
      const odd = (ticket: Ticket): boolean => Number(ticket.run.slice(1)) % 2 === 1;
      assert.ok(first.every((ticket) => ticket.version === "1" && odd(ticket)));
      assert.ok(second.every((ticket) => ticket.version === "2" && !odd(ticket)));
      assert.equal(new Set(ran).size, 12);
    });

    test("a worker whose graph continues an older version goes on with its runs, too", async ({ open, work }) => {
      const { ran, made } = noting("continued");
      const [one, two] = [
        await open(made({ version: "1" })),
        await open(made({ version: "2", continues: ["0", "1"] })),
      ];
      for (let i = 0; i < 6; i++) await (i % 2 ? one : two).submit("continued", {}, { id: `r${i}` });
      work(two);
      await until(() => ended(one, 6));
      assert.equal(ran.length, 6);
    });

    test("a run waits until somebody can go on with it, and holds nobody else up", async ({ open, work }) => {
      const { ran, made } = noting("waiting");
      const old = await open(made({ version: "1" }));
      // The same version in other words is another graph: nobody has raised the number.
      const changed = await open(made({ version: "1", node: "other" }), made({ version: "2" }));
      await many(24, (i) => old.submit("waiting", {}, { id: `old${i}`, priority: 9 }));
      const taken = work(changed);
      const two = made({ version: "2" });
      for (let i = 0; i < 3; i++) await changed.submit(two, {}, { id: `new${i}` });
      await until(() => ended(changed, 3));
      assert.deepEqual(new Set(taken.map(({ version }) => version)), new Set(["2"]));
      assert.equal(ran.length, 3);
      work(old);
      await until(() => ended(old, 27));
      assert.deepEqual([ran.length, new Set(ran).size], [27, 27]);
    });

    test("higher priorities go first, however many wait before them", async ({ open, work }) => {
      const { ran, made } = noting("priorities");
      const brain = await open(made());
      await many(70, () => brain.submit("priorities", {}));
      await brain.submit("priorities", {}, { id: "soon", priority: 1 });
      await brain.submit("priorities", {}, { id: "urgent", priority: 5 });
      work(brain, 1);
      await until(async () => ran.length >= 2);
      assert.deepEqual(ran.slice(0, 2), ["urgent", "soon"]);
    });

    test("no scope waits behind another's many", async ({ open, work }) => {
      const { ran, made } = noting("scopes");
      const brain = await open(made());
      await many(70, () => brain.submit("scopes", {}, { scope: "many" }));
      for (const id of ["few/a", "few/b"]) await brain.submit("scopes", {}, { id, scope: "few" });
      work(brain, 2);
      await until(async () => ran.length >= 6);
      const places = ["few/a", "few/b"].map((id) => ran.indexOf(id));
      assert.ok(
        places.every((place) => place >= 0 && place < 6),
        `they came as ${places.join(" and ")}`,
      );
    });

    test("a run goes on when its time has come, and when something is left for it", async ({ open, work }) => {
      const { made } = noting("times", async (ctx) => void (await ctx.signalled("go")));
      const [brain, elsewhere] = [await open(made()), await open()];
      await brain.submit("times", {}, { id: "r", delayMs: 300 });
      const taken = work(brain);
      const waits = async (): Promise<boolean> => (await brain.journal("r")).some(({ type }) => type === "waiting");
      await until(waits);
      assert.equal(taken.length, 1);
      await elsewhere.signal("r", "go");
      await until(() => ended(brain, 1));
    });
  };
  if (runner.describe === undefined) cases();
  else runner.describe("the dispatch contract", cases);
}

async function inWorld(setup: DispatchSuiteSetup, run: (world: World) => Promise<void>): Promise<void> {
  const made = await setup.create();
  const brains: Brain[] = [];
  try {
    await run({
      async open(...graphs) {
        const brain = await createBrain({ store: made.store, graphs });
        brains.push(brain);
        return brain;
      },
      work(brain, concurrency = 4) {
        const dispatch = made.dispatch(brain.store);
        const given: Ticket[] = [];
        const take: Dispatch["take"] = async (request) => {
          const tickets = await dispatch.take(request);
          given.push(...tickets);
          assert.ok(tickets.length <= request.limit);
          return tickets;
        };
        brain.work({ dispatch: { ...dispatch, take }, pollMs: 40, concurrency });
        return given;
      },
    });
  } finally {
    await Promise.all(brains.map((brain) => brain.close()));
    await made.close?.();
  }
}

type Version = { readonly version?: string; readonly continues?: readonly string[]; readonly node?: string };

/** Makes versions of a graph that notes which of its runs were done. */
function noting(
  name: string,
  work: (ctx: NodeContext) => Promise<void> = () => Promise.resolve(),
): { readonly ran: string[]; made(more?: Version): Graph<object> } {
  const ran: string[] = [];
  return {
    ran,
    made: ({ node = "work", ...more } = {}) =>
      graph({ name, state: z.object({}), ...more })
        .node(node, async (_, ctx) => {
          await work(ctx);
          await ctx.effect({ name: "note", class: "irreversible", run: () => void ran.push(ctx.run) });
          return {};
        })
        .edge(START, node)
        .edge(node, END)
        .build(),
  };
}

const many = (count: number, submit: (i: number) => Promise<string>): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, (_, i) => submit(i)));

const ended = async (brain: Brain, count: number): Promise<boolean> =>
  (await brain.runs()).filter(({ status }) => status === "completed").length === count;

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const began = Date.now(); !(await holds());) {
    assert.ok(Date.now() - began < 60_000, "a minute was not enough");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
