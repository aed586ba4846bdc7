import { afterEach, expect, test } from "vitest";
import {
  createBrain,
  END,
  graph,
  START,
  type Brain,
  type Dispatch,
  type Graph,
  type Store,
  type StoreOpener,
} from "../index.ts";
import { memoryStore, virtualClock } from "../testing/index.ts";
import { common, type Work } from "../run/fixture.ts";

const clock = virtualClock();
const brains: Brain[] = [];
afterEach(async () => {
  await Promise.all(brains.splice(0).map((brain) => brain.close()));
});

async function open(store: StoreOpener, ...graphs: Graph[]): Promise<Brain> {
  const brain = await createBrain({ store, clock, graphs });
  brains.push(brain);
  return brain;
}

const named = (name: string, work: Work): Graph =>
  graph({ name, ...common })
    .node("work", work)
    .edge(START, "work")
    .edge("work", END)
    .build();

async function until(holds: () => unknown): Promise<void> {
  for (let turn = 0; !(await holds()); turn++) {
    if (turn > 2000) throw new Error("It never came to that.");
    await new Promise((resolve) => setImmediate(resolve));
    if (turn % 20 === 19) await clock.advance(1000);
  }
}

/** The same store, whose commits of one kind are held back until a gate is opened: as of a process that is paused. */
function gated(
  opener: StoreOpener,
  held: (key: string, at: number | null) => boolean,
): StoreOpener & { open(): Promise<Store>; release(): void; readonly waiting: boolean } {
  let release = (): void => {};
  let waiting = false;
  const gate = new Promise<void>((resolve) => (release = resolve));
  return {
    name: opener.name,
    release: () => release(),
    get waiting() {
      return waiting;
    },
    async open() {
      const store = await opener.open();
      return {
        ...store,
        async commit(commit) {
          if (commit.writes.some((write) => write.type === "wake" && held(write.key, write.at))) {
            waiting = true;
            await gate;
          }
          return store.commit(commit);
        },
      };
    },
  };
}

/** The same store, which is told late that a commit with an entry of one type was done. */
function toldLate(opener: StoreOpener, type: string): StoreOpener & { release(): void; readonly waiting: boolean } {
  let release = (): void => {};
  let waiting = false;
  const gate = new Promise<void>((resolve) => (release = resolve));
  return {
    name: opener.name,
    release: () => release(),
    get waiting() {
      return waiting;
    },
    async open() {
      const store = await opener.open();
      return {
        ...store,
        async commit(commit) {
          const committed = await store.commit(commit);
          if (!JSON.stringify(commit).includes(`"type":"${type}"`)) return committed;
          waiting = true;
          await gate;
          return committed;
        },
      };
    },
  };
}

const day = 24 * 3_600_000;

test("a process that lets a run go late takes no wake away from the one that has it now", async () => {
  const disk = memoryStore();
  const nap = named("nap", async (_, ctx) => {
    await ctx.signalled("go");
    await ctx.sleep(day);
    return { n: 1 };
  });
  const paused = gated(disk, (key, at) => key === "run/r" && at === null);
  const first = await open(paused, nap);
  const result = first.run(nap, {}, { id: "r" });
  await until(() => paused.waiting);
  const second = await open(disk, nap);
  const worker = second.work();
  await second.signal("r", "go");
  await until(
    async () =>
      worker.running === 0 && (await second.journal("r")).filter(({ type }) => type === "waiting").length === 2,
  );
  const wake = await second.store.wake("run/r");
  expect(wake?.at).toBeGreaterThan(clock.now() + day / 2);
  paused.release();
  await result;
  expect(await second.store.wake("run/r")).toEqual(wake);
});

test.each(["run-taken", "effect-intended"])(
  "a process that is told of its %s after its lease does nothing outside before it has asked",
  async (type) => {
    const disk = memoryStore();
    const done: string[] = [];
    const by = (who: string): Graph =>
      named("does", async (_, ctx) => {
        await ctx.effect({
          name: "it",
          class: type === "run-taken" ? "idempotent" : "irreversible",
          run: () => Promise.resolve(done.push(who)),
        });
        return {};
      });
    const late = toldLate(disk, type);
    const first = await open(late, by("first"));
    await first.submit("does", {}, { id: "r" });
    const worker = first.work();
    await until(() => late.waiting);
    await clock.advance(60_000);
    const second = await open(disk, by("second"));
    const result = second.resume("r");
    if (type === "effect-intended") {
      await until(async () => (await second.journal("r")).some((entry) => entry.type === "waiting"));
      const asked = (await second.journal("r")).find((entry) => entry.type === "waiting");
      await second.answer("r", asked?.type === "waiting" ? asked.wait : "", "not done");
    }
    await until(() => done.length > 0);
    late.release();
    await until(() => worker.running === 0);
    await result;
    expect(done).toEqual(["second"]);
  },
);

test("priority and key stay with a run over its rests, and with what is left for it", async () => {
  const disk = memoryStore();
  const nap = named("nap", async (_, ctx) => {
    await ctx.sleep(day);
    await ctx.signalled("go");
    return {};
  });
  const brain = await open(disk, nap);
  await brain.submit(nap, {}, { id: "r", priority: 3, key: "k" });
  const worker = brain.work();
  const { version, fingerprint } = nap;
  const about = { graph: "nap", version, fingerprint, scope: "main", priority: 3, key: "k" };
  await until(async () => (await brain.store.wake("run/r"))?.at === clock.now() || worker.running === 1);
  await until(async () => worker.running === 0 && (await brain.journal("r")).length > 2);
  expect((await brain.store.wake("run/r"))?.data).toEqual(about);
  await worker.stop();
  await brain.signal("r", "go");
  expect((await brain.store.wake("inbox/r"))?.data).toEqual(about);
});

test("a dispatch is told of each ticket before it is closed, and gets back what came too late", async ({ task }) => {
  task.meta.parts = "the node waits for the test";
  const disk = memoryStore();
  let go: (() => void) | undefined;
  const slow = named("slow", () => new Promise<object>((resolve) => (go = () => resolve({}))));
  const brain = await open(disk, slow);
  const told: string[] = [];
  const tickets = ["a", "b"].map((run) => ({ run, graph: "slow", version: "1", fingerprint: "", scope: "main" }));
  for (const { run } of tickets) await brain.submit(slow, {}, { id: run });
  let late = (): void => {};
  const dispatch: Dispatch = {
    name: "told",
    async take() {
      const next = tickets.shift();
      if (next?.run === "b") await new Promise<void>((resolve) => (late = resolve));
      return next === undefined ? [] : [next];
    },
    done: async ({ run }, error) => void told.push(`${run} ${error === undefined ? "well" : "ill"}`),
    close: async () => void told.push("closed"),
  };
  const worker = brain.work({ dispatch, concurrency: 2 });
  await until(() => go !== undefined && tickets.length === 0);
  const stopped = worker.stop();
  late();
  await stopped;
  expect([told, worker.running]).toEqual([["b well"], 1]);
  const rested = worker.rest();
  go?.();
  await rested;
  expect(told).toEqual(["b well", "a well", "closed"]);
  expect(new Map((await brain.runs()).map(({ id, status }) => [id, status]))).toEqual(
    new Map([
      ["a", "completed"],
      ["b", "open"],
    ]),
  );
});
