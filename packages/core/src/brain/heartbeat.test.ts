import { expect, test, vi } from "vitest";
import { createBrain, END, graph, plugin, START, type Brain, type Commit, type StoreOpener } from "../index.ts";
import { faultyStore, memoryStore } from "../testing/index.ts";
import { common, single } from "../run/fixture.ts";
import { clock, until } from "./test-support/workers.ts";

test("a run whose workers die of it only after a while is set aside, too", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const disk = memoryStore();
    let begun = 0;
    const deadly = single(async (_, ctx) => {
      await ctx.effect({ name: "boom", class: "idempotent", run: () => (begun++, new Promise<number>(() => {})) });
      return {};
    });
    const watching: Brain = await createBrain({ store: disk, clock });
    await watching.submit(deadly, {}, { id: "r" });
    while ((await watching.setAside()).length === 0) {
      const before = begun;
      expect(before).toBeLessThan(10);
      let dead = false;
      const dying = faultyStore(disk, () => (dead ? "crash-before" : "ok"));
      (await createBrain({ store: dying, clock, graphs: [deadly] })).work();
      await until(async () => begun > before || (await watching.setAside()).length > 0);
      const held = async () => (await watching.store.wake("run/r"))?.at ?? 0;
      const since = await held();
      if (begun > before) {
        await clock.advance(15_000);
        await vi.advanceTimersByTimeAsync(1000);
        await until(async () => (await held()) > since);
      }
      dead = true;
      await clock.advance(60_000);
    }
    expect(begun).toBe(5);
    await watching.close();
  } finally {
    vi.useRealTimers();
  }
});

test("what is left for many runs under way is found behind a long queue of others, without reading all of it", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const disk = memoryStore();
    const limits: (number | undefined)[] = [];
    const counting: StoreOpener = {
      name: "counting",
      async open() {
        const store = await disk.open();
        return { ...store, due: (at, limit) => (limits.push(limit), store.due(at, limit)) };
      },
    };
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const g = graph({ name: "g", ...common })
      .node("works", async (_, ctx) => {
        await ctx.effect({ name: "work", class: "idempotent", run: () => gate });
        return {};
      })
      .node("asks", async (_, ctx) => ({ log: [(await ctx.ask({ text: "Well?" })) as string] }))
      .edge(START, ["works", "asks"])
      .edge("works", END)
      .edge("asks", END)
      .build();
    const brain = await createBrain({ store: counting, clock, graphs: [g] });
    const elsewhere = await createBrain({ store: disk, clock });
    const other = single(() => ({}));
    await Promise.all(Array.from({ length: 1100 }, () => elsewhere.submit(other, {})));
    const ids = Array.from({ length: 40 }, (_, index) => `r${index}`);
    const runs = ids.map((id) => brain.run(g, {}, { id }));
    const asked = async (id: string) => (await elsewhere.journal(id)).find((entry) => entry.type === "waiting")?.wait;
    for (const id of ids) {
      await until(async () => (await asked(id).catch(() => undefined)) !== undefined);
      await elsewhere.answer(id, (await asked(id)) ?? "", "good");
    }
    await vi.advanceTimersByTimeAsync(1000);
    const woken = async (id: string) => (await elsewhere.journal(id)).some(({ type }) => type === "woken");
    for (const id of ids) await until(() => woken(id));
    expect(limits.length).toBeGreaterThan(0);
    expect(limits).not.toContain(undefined);
    release();
    for (const { status } of await Promise.all(runs)) expect(status).toBe("completed");
    await brain.close();
    await elsewhere.close();
  } finally {
    vi.useRealTimers();
  }
});

test("that a run is held is said together with what a plugin writes, as many writes as that may be", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    for (const writes of [0, 1, 2]) {
      const disk = memoryStore();
      const commits: Commit[] = [];
      const notes = plugin({
        name: "notes",
        setup: (registrar) =>
          registrar.withCommit((entry) =>
            entry.type !== "effect-completed" || entry.name !== "first"
              ? []
              : Array.from({ length: writes }, (_, i) => ({ type: "document", key: `${i}`, value: i })),
          ),
      });
      const gates = [Promise.withResolvers<number>(), Promise.withResolvers<number>()] as const;
      let waits = false;
      const g = single(async (_, ctx) => {
        await ctx.effect({ name: "zeroth", class: "idempotent", run: () => 0 });
        // Nothing of these is written by itself.
        await ctx.effect({ name: "first", class: "pure", run: () => gates[0].promise });
        await ctx.effect({ name: "second", class: "pure", run: () => ((waits = true), gates[1].promise) });
        return {};
      });
      const store = faultyStore(disk, (commit) => (commits.push(commit), "ok"));
      const brain = await createBrain({ store, clock, graphs: [g], plugins: [notes] });
      const run = brain.run(g, {}, { id: "r" });
      const held = async (): Promise<number> => (await brain.store.wake("run/r"))?.at ?? 0;
      await until(async () => (await held()) > 0);
      const since = await held();
      gates[0].resolve(1);
      await until(() => waits);
      await clock.advance(15_000);
      await vi.advanceTimersByTimeAsync(1000);
      await until(async () => (await held()) > since);
      const last = commits.at(-1)?.writes.map((write) => (write.type === "append" ? write.entries.length : write.type));
      expect(last?.toSorted()).toEqual([1, ...Array.from({ length: writes }, () => "document"), "wake"]);
      gates[1].resolve(2);
      expect((await run).status).toBe("completed");
      await brain.close();
    }
  } finally {
    vi.useRealTimers();
  }
});
