import { afterEach, describe, expect, test } from "vitest";
import {
  createBrain,
  END,
  graph,
  START,
  storeDispatch,
  type Brain,
  type BrainOptions,
  type Dispatch,
  type Graph,
} from "../index.ts";
import { faultyStore, memoryStore } from "../testing/index.ts";
import { common, type Work } from "../run/fixture.ts";
import { clock, closeAll, completed, named, open, status, until } from "./test-support/workers.ts";

afterEach(closeAll);

describe("a submitted run", () => {
  test("is run by a worker of another process, once, however often it is submitted", async ({ task }) => {
    task.meta.parts = "the node counts how often it is run";
    const store = memoryStore();
    let times = 0;
    const count = named("count", () => ({ n: ++times }));
    const [asks, works] = [await open({ store, graphs: [count] }), await open({ store, graphs: [count] })];
    expect(await asks.submit(count, { n: 5 }, { id: "r" })).toBe("r");
    expect(await asks.submit("count", { n: 5 }, { id: "r" })).toBe("r");
    await expect(asks.submit(count, { n: 6 }, { id: "r" })).rejects.toMatchObject({ code: "conflict" });
    works.work();
    await until(completed(asks, "r"));
    expect(await asks.submit(count, { n: 5 }, { id: "r" })).toBe("r");
    await until(() => true);
    expect(times).toBe(1);
    expect(await asks.store.due(Number.MAX_SAFE_INTEGER)).toEqual([]);
  });

  test("may be a fork, which rests unless it is submitted", async ({ task }) => {
    task.meta.parts = "the node fails once, and not again";
    const store = memoryStore();
    let well = false;
    const fails = named("fails", () => {
      if (!well) throw new Error("away");
      return { n: 9 };
    });
    const [asks, works] = [await open({ store, graphs: [fails] }), await open({ store, graphs: [fails] })];
    expect(await asks.run(fails, { n: 1 }, { id: "r" })).toMatchObject({ status: "failed" });
    const { position } = (await asks.journal("r")).find((entry) => entry.type === "node-failed") ?? { position: 0 };
    well = true;
    await asks.fork("r", { id: "rests", at: position });
    await asks.fork("r", { id: "again", at: position, submit: true });
    works.work();
    await until(completed(asks, "again"));
    expect(await status(asks, "rests")).toBe("open");
    await expect(asks.fork("r", { id: "again", at: position, submit: true })).rejects.toMatchObject({
      code: "conflict",
    });
  });

  test("does not begin before its time, and higher priorities go first", async () => {
    const order: string[] = [];
    const note = named("note", (_, ctx) => (order.push(ctx.run), {}));
    const brain = await open({ graphs: [note] });
    await brain.submit(note, {}, { id: "late", delayMs: 60_000, priority: 9 });
    await brain.submit(note, {}, { id: "plain" });
    await brain.submit(note, {}, { id: "urgent", priority: 1 });
    brain.work({ concurrency: 1 });
    await until(completed(brain, "plain"));
    expect(order).toEqual(["urgent", "plain"]);
    await until(completed(brain, "late"));
  });

  test("waits for no other scope's many", async () => {
    const order: string[] = [];
    const note = named("note", (_, ctx) => (order.push(ctx.scope), {}));
    const brain = await open({ graphs: [note] });
    for (let i = 0; i < 30; i++) await brain.submit(note, {}, { scope: "many" });
    await brain.submit(note, {}, { id: "one", scope: "few" });
    brain.work({ concurrency: 2 });
    await until(completed(brain, "one"));
    expect(order.indexOf("few")).toBeLessThan(2);
  });
});

describe("a worker", () => {
  test("goes on with the run of a process that has died, when its lease is over and not before", async () => {
    const disk = memoryStore();
    const dying = faultyStore(disk, (_, index) => (index === 2 ? "crash-before" : "ok"));
    let done = 0;
    const steps = graph({ name: "steps", ...common })
      .node("first", (_, ctx) =>
        ctx.effect({ name: "do", class: "idempotent", run: () => Promise.resolve(++done) }).then((n) => ({ n })),
      )
      .node("second", async (_, ctx) => (await ctx.sleep(10), { log: ["second"] }))
      .edge(START, "first")
      .edge("first", "second")
      .edge("second", END)
      .build();
    const first = await createBrain({ store: dying, clock, graphs: [steps] });
    void first.run(steps, {}, { id: "r" });
    let crashed = false;
    void dying.crashed.then(() => (crashed = true));
    await until(() => crashed);
    const died = clock.now();
    const other = await open({ store: disk, graphs: [steps] });
    other.work();
    await until(completed(other, "r"));
    expect(clock.now() - died).toBeGreaterThanOrEqual(29_000);
    expect(done).toBeLessThanOrEqual(2);
    const taken = (await other.journal("r")).filter(({ type }) => type === "run-taken");
    expect(taken).toHaveLength(1);
  });

  test("takes at once what a closed Brain let go", async () => {
    const store = memoryStore();
    const slow = named("slow", async (_, ctx) => (await ctx.sleep(5000), { n: 1 }));
    const first = await createBrain({ store, clock, graphs: [slow] });
    const result = first.run(slow, {}, { id: "r" });
    await until(async () => (await status(first, "r")) === "open");
    await first.close();
    expect((await result).status).toBe("stopped");
    const closed = clock.now();
    const other = await open({ store, graphs: [slow] });
    other.work();
    await until(completed(other, "r"));
    expect(clock.now() - closed).toBeLessThan(10_000);
  });

  test("sits by no run that waits for long, and is there when its time has come", async () => {
    const nap = named("nap", async (_, ctx) => (await ctx.sleep(3_600_000), { n: ctx.now() }));
    const brain = await open({ graphs: [nap] });
    const worker = brain.work();
    await brain.submit(nap, {}, { id: "r" });
    await until(async () => (await brain.journal("r")).some(({ type }) => type === "waiting") && worker.running === 0);
    await clock.advance(3_590_000);
    expect(await status(brain, "r")).toBe("open");
    await until(completed(brain, "r"));
  });

  test("goes on with a run when somebody answers or sends a signal, wherever they are", async () => {
    const store = memoryStore();
    const asks = named("asks", async (_, ctx) => {
      const answer = await ctx.ask({ text: "Well?" });
      return { log: [String(answer), String(await ctx.signalled("go"))] };
    });
    const works = await open({ store, graphs: [asks] });
    const elsewhere = await open({ store });
    works.work();
    await works.submit(asks, {}, { id: "r" });
    const waits = async (): Promise<number> =>
      (await works.journal("r")).filter(({ type }) => type === "waiting").length;
    await until(async () => (await waits()) === 1);
    const asked = (await works.journal("r")).find((entry) => entry.type === "waiting");
    await elsewhere.answer("r", asked?.type === "waiting" ? asked.wait : "", "yes");
    await until(async () => (await waits()) === 2);
    await elsewhere.signal("r", "go", "now");
    await until(completed(works, "r"));
    expect(await works.resume("r")).toMatchObject({ state: { log: ["yes", "now"] } });
  });

  test("leaves runs of graphs, and of versions, that it does not know to those that do", async () => {
    const store = memoryStore();
    const work: Work = (_, ctx) => ({ log: [ctx.run] });
    const [one, two] = [named("g", work, { version: "1" }), named("g", work, { version: "2" })];
    const old = await open({ store, graphs: [one] });
    const fresh = await open({ store, graphs: [two] });
    await old.submit(one, {}, { id: "r" });
    const worker = fresh.work();
    await clock.advance(10_000);
    await until(() => worker.running === 0);
    expect(await status(fresh, "r")).toBe("open");
    expect((await fresh.journal("r")).length).toBe(1);
    old.work();
    await until(completed(old, "r"));
  });

  test("says why it cannot look for work, and finds it once it can", async () => {
    const brain = await open({ graphs: [named("g", () => ({ n: 1 }))] });
    const real = storeDispatch(brain.store);
    let away: Error | undefined = new Error("The queue is away.");
    const take: Dispatch["take"] = (request) => (away === undefined ? real.take(request) : Promise.reject(away));
    const worker = brain.work({ dispatch: { ...real, take } });
    await brain.submit("g", {}, { id: "r" });
    await until(() => worker.trouble === away);
    away = undefined;
    await until(completed(brain, "r"));
    expect(worker.trouble).toBeUndefined();
  });

  test("goes on with an older version's run by the graph it began with, or by one that continues it", async () => {
    const store = memoryStore();
    const old = named("g", () => ({ log: ["old"] }), { version: "1" });
    const begins = await open({ store, graphs: [old] });
    await begins.submit(old, {}, { id: "by old" });
    await begins.submit(old, {}, { id: "by new" });
    const newer = (continues: string[]): Graph<{ n?: number }> =>
      named("g", (_, ctx) => ({ log: ["new", ctx.run] }), { version: "2", continues });
    const both = await open({ store, graphs: [newer([]), old] });
    expect(await both.resume("by old")).toMatchObject({ state: { log: ["old"] } });
    expect(await both.run("g", {})).toMatchObject({ state: { log: ["new", expect.anything()] } });
    const only = await open({ store, graphs: [newer(["1"])] });
    only.work();
    await until(completed(only, "by new"));
    expect(await only.resume("by new")).toMatchObject({ state: { log: ["new", "by new"] } });
    expect((await only.replay({ run: "by new" })).equal).toBe(true);
  });
});

test("a run that a newer version has gone on with is not proposed to a worker of the older", async ({ task }) => {
  task.meta.parts = "the graph is given in two versions";
  const store = memoryStore();
  const work: Work = async (_, ctx) => {
    await ctx.signalled("begin");
    return { log: [String(await ctx.signalled("go"))] };
  };
  const [one, two] = [named("g", work, { version: "1" }), named("g", work, { version: "2", continues: ["1"] })];
  const begins = await open({ store, graphs: [one] });
  const starting = begins.work();
  await begins.submit(one, {}, { id: "r" });
  const waits = async (count: number): Promise<boolean> =>
    (await begins.journal("r")).filter(({ type }) => type === "waiting").length === count;
  await until(async () => (await waits(1)) && starting.running === 0);
  await starting.rest();
  const newer = await open({ store, graphs: [two] });
  const going = newer.work();
  await newer.signal("r", "begin");
  await until(async () => (await waits(2)) && going.running === 0);
  await newer.close();
  const given: string[] = [];
  const real = storeDispatch(begins.store);
  const take: Dispatch["take"] = async (request) => {
    const tickets = await real.take(request);
    given.push(...tickets.map(({ run }) => run));
    return tickets;
  };
  begins.work({ dispatch: { ...real, take } });
  await begins.signal("r", "go");
  await clock.advance(10_000);
  await until(() => true);
  expect(given).toEqual([]);
  (await open({ store, graphs: [two] })).work();
  await until(completed(begins, "r"));
});

test("a loop on two machines runs each round once", async () => {
  const store = memoryStore();
  const rounds: string[] = [];
  const tick = named("tick", async (_, ctx) => (await ctx.sleep(100), rounds.push(ctx.run), {}));
  const options = {
    store,
    plugins: [
      {
        name: "p",
        setup: (registrar: { graph(g: Graph): void; loop(l: object): void }) => {
          registrar.graph(tick);
          registrar.loop({
            name: "tick",
            every: (after: number) => Math.floor(after / 1000 + 1) * 1000,
            graph: "tick",
            input: {},
          });
        },
      },
    ],
  } as unknown as Partial<BrainOptions>;
  const both = [await open(options), await open(options)];
  for (const brain of both) brain.startLoops();
  await until(() => rounds.length >= 5);
  expect(new Set(rounds).size).toBe(rounds.length);
  const taken = await Promise.all(rounds.map((run) => (both[0] as Brain).journal(run)));
  expect(taken.flat().filter(({ type }) => type === "run-taken")).toEqual([]);
});

test("what goes on in another process can be followed, each entry once, to the end", async () => {
  const store = memoryStore();
  const asks = named("asks", async (_, ctx) => ({ log: [String(await ctx.signalled("go"))] }));
  const works = await open({ store, graphs: [asks] });
  const watches = await open({ store });
  await works.submit(asks, {}, { id: "r" });
  const seen: number[] = [];
  const following = (async () => {
    for await (const entry of watches.follow("r")) seen.push(entry.position);
  })();
  works.work();
  await until(() => seen.length >= 3);
  await works.signal("r", "go", "now");
  let over = false;
  void following.then(() => (over = true));
  await until(() => over);
  expect(seen).toEqual((await works.journal("r")).map(({ position }) => position));
});
