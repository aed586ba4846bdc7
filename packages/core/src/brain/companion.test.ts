import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, plugin, START, type Entry, type RecordInput } from "../index.ts";
import { untilDone } from "../run/fixture.ts";
import { faultyStore, memoryStore, virtualClock } from "../testing/index.ts";

const one = graph({ name: "one", state: z.object({ n: z.number().default(0) }) })
  .node("work", () => ({ n: 1 }))
  .edge(START, "work")
  .edge("work", END)
  .build();

const diary = plugin({
  name: "diary",
  setup: (registrar) =>
    registrar.withCommit((entry) => {
      if (entry.type !== "node-completed") return [];
      const page = (text: string): { type: "record"; record: RecordInput } => ({
        type: "record",
        record: { kind: "experience", text, tags: ["page"] },
      });
      return [page("The work is done."), page("It was good.")];
    }),
});

describe("memories of plugins in the commit of an entry", () => {
  test("lie in the run's scope, and name the run, the node and the entry that they are of", async () => {
    const brain = await createBrain({ store: memoryStore(), plugins: [diary], graphs: [one] });
    await brain.run(one, {}, { id: "r", scope: "acme/shop" });
    const found = (await brain.store.find({ scope: "acme/shop", tags: ["page"] })).map(({ record }) => record);
    const { position, at } = (await brain.journal("r")).find((entry) => entry.type === "node-completed") as Entry;
    const provenance = { run: "r", node: "work", position };
    expect(found.map(({ text }) => text).toSorted()).toEqual(["It was good.", "The work is done."]);
    for (const record of found) expect(record).toMatchObject({ scope: "acme/shop", createdAt: at, provenance });
    expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
    await brain.close();
  });

  test("are there exactly where the entry is, whenever the process dies or an acknowledgement is lost", async () => {
    for (let at = 0; at < 5; at++) {
      for (const fate of ["crash-before", "crash-after", "lost"] as const) {
        const disk = memoryStore();
        const store = faultyStore(disk, (_commit, index) => (index === at ? fate : "ok"));
        const dying = await createBrain({ store, plugins: [diary], graphs: [one] });
        await Promise.race([store.crashed, dying.run(one, {}, { id: "r" })]);
        const brain = await createBrain({ store: disk, plugins: [diary], graphs: [one] });
        const done = (await brain.runs()).length === 0 ? [] : await brain.journal("r");
        const pages = await brain.store.find({ scope: brain.scope, tags: ["page"] });
        expect(pages).toHaveLength(2 * done.filter(({ type }) => type === "node-completed").length);
        await brain.close();
      }
    }
  });

  test("link and count what is there; a link to what is gone is left out, and nothing stops the run", async () => {
    const store = memoryStore();
    const before = await createBrain({ store, plugins: [diary], graphs: [one] });
    await before.run(one, {}, { id: "first" });
    const [a, b] = (await before.store.find({ scope: before.scope })).map(({ record }) => record.id) as [
      string,
      string,
    ];
    const gone = "01900000-0000-7000-8000-000000000000";
    const counting = plugin({
      name: "counting",
      setup: (registrar) =>
        registrar.withCommit(({ type }) =>
          type !== "run-completed"
            ? []
            : [
                { type: "count", id: a, counter: "tries", by: 2 },
                { type: "count", id: gone, counter: "tries", by: 2 },
                { type: "link", link: { from: a, to: b, type: "about" } },
                { type: "link", link: { from: a, to: gone, type: "about" } },
              ],
        ),
    });
    const brain = await createBrain({ store, plugins: [counting], graphs: [one] });
    expect((await brain.run(one, {}, { id: "second" })).status).toBe("completed");
    expect((await brain.store.records([a]))[0]?.counters).toMatchObject({ tries: 2 });
    expect(await brain.store.links(a)).toEqual([{ from: a, to: b, type: "about" }]);
    await brain.close();
  });

  test.each(["node-completed", "woken", "run-completed"])(
    "that cannot be kept with an entry '%s' stop the run without harm, and it goes on once the plugin is right",
    async (type) => {
      const asking = graph({ name: "asking", state: z.object({ n: z.number().default(0) }) })
        .node("asks", async (_, ctx) => ({ n: (await ctx.ask({ text: "How many?" })) as number }))
        .node("sleeps", async (_, ctx) => ctx.sleep(60_000).then(() => ({})))
        .edge(START, ["asks", "sleeps"])
        .edge("asks", END)
        .edge("sleeps", END)
        .build();
      const broken = plugin({
        name: "broken",
        setup: (registrar) =>
          registrar.withCommit((entry) =>
            entry.type === type ? [{ type: "record", record: { kind: "experience", text: "" } }] : [],
          ),
      });
      const [disk, clock] = [memoryStore(), virtualClock()];
      const brain = await createBrain({ store: disk, clock, plugins: [broken], graphs: [asking] });
      const result = brain.run(asking, {}, { id: "r" });
      const stopped = expect(result).rejects.toMatchObject({ code: "invalid_plugin" });
      await vi.waitFor(async () => expect(await brain.journal("r")).toHaveLength(3), { interval: 1, timeout: 60_000 });
      // Whoever answers has nothing to do with it.
      const asked = (await brain.journal("r")).find((entry) => entry.type === "waiting" && entry.for === "answer");
      await brain.answer("r", asked?.type === "waiting" ? asked.wait : "", 3);
      if (type === "run-completed") await clock.next();
      await stopped;
      expect((await brain.journal("r")).filter((entry) => entry.type === type)).toEqual([]);
      expect(await brain.setAside()).toMatchObject([{ run: "r", reason: expect.stringContaining("broken") as string }]);
      await brain.close();

      const right = await createBrain({ store: disk, clock, graphs: [asking] });
      const resumed = right.resume("r");
      await untilDone(clock, resumed);
      expect(await resumed).toMatchObject({ status: "completed", state: { n: 3 } });
      expect(await right.setAside()).toEqual([]);
      await right.close();
    },
  );
});
