import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, plugin, START, type BrainEvent, type Entry, type Plugin } from "../index.ts";
import { faultyStore, memoryStore, virtualClock } from "../testing/index.ts";

const one = graph({ name: "one", state: z.object({ n: z.number().default(0) }) })
  .node("work", async (_, ctx) => ({ n: await ctx.effect({ name: "read", class: "idempotent", run: () => 1 }) }))
  .edge(START, "work")
  .edge("work", END)
  .build();

const telling = (name: string, told: string[], parts: { fails?: boolean; health?: boolean } = {}): Plugin => ({
  name,
  setup() {
    told.push(`start ${name}`);
    if (parts.fails === true) throw new Error(`${name} cannot start`);
    return {
      ...(parts.health === undefined ? {} : { health: () => ({ ok: parts.health === true, detail: "as it is" }) }),
      close: () => void told.push(`close ${name}`),
    };
  },
});

describe("plugins", () => {
  test("start in order and close in reverse, once", async () => {
    const told: string[] = [];
    const brain = await createBrain({ store: memoryStore(), plugins: [telling("a", told), telling("b", told)] });
    await Promise.all([brain.close(), brain.close()]);
    expect(told).toEqual(["start a", "start b", "close b", "close a"]);
  });

  test("are rolled back when one fails to start, and the store is closed", async () => {
    const told: string[] = [];
    const disk = memoryStore();
    let closed = false;
    const store = {
      name: "disk",
      open: async () => ({ ...(await disk.open()), close: async () => void (closed = true) }),
    };
    await expect(
      createBrain({
        store,
        plugins: [telling("a", told), telling("b", told), telling("c", told, { fails: true }), telling("d", told)],
      }),
    ).rejects.toThrow("c cannot start");
    expect(told).toEqual(["start a", "start b", "start c", "close b", "close a"]);
    expect(closed).toBe(true);
  });

  test("report their health; an error while reporting is ill health", async () => {
    const sick: Plugin = { name: "sick", setup: () => ({ health: () => Promise.reject(new Error("fever")) }) };
    const brain = await createBrain({
      store: memoryStore(),
      plugins: [telling("well", [], { health: true }), telling("silent", []), sick],
    });
    expect(await brain.health()).toEqual({
      ok: false,
      plugins: [
        { name: "brain", ok: true },
        { name: "well", ok: true, detail: "as it is" },
        { name: "silent", ok: true },
        { name: "sick", ok: false, detail: "fever" },
      ],
    });
    await brain.close();
  });

  test.each<[string, Plugin[], RegExp]>([
    ["a name that reaches into another's storage", [{ name: "a/b", setup: () => {} }], /cannot be called 'a\/b'/],
    ["two of one name", [telling("a", []), telling("a", [])], /two plugins called 'a'/],
    [
      "a name that is taken",
      [{ name: "a", setup: (registrar) => (registrar.graph(one), registrar.graph(one)) }],
      /'one' among the graphs/,
    ],
  ])("are refused: %s", async (_name, plugins, message) => {
    await expect(createBrain({ store: memoryStore(), plugins })).rejects.toMatchObject({
      code: "invalid_plugin",
      message: expect.stringMatching(message) as string,
    });
  });

  test("may register nothing once set up", async () => {
    let late: () => void = () => {};
    const brain = await createBrain({
      store: memoryStore(),
      plugins: [{ name: "late", setup: (registrar) => void (late = () => registrar.graph(one)) }],
    });
    expect(late).toThrow(expect.objectContaining({ code: "invalid_plugin" }));
    await brain.close();
  });

  test("have storage under their own name", async () => {
    const seen: unknown[] = [];
    const storing = (name: string): Plugin => ({
      name,
      async setup({ storage }) {
        await storage.put("x", `of ${name}`, 0);
        await expect(storage.put("x", "again", 0)).rejects.toMatchObject({ code: "conflict" });
        seen.push(await storage.list(), await storage.get("y"));
      },
    });
    const brain = await createBrain({ store: memoryStore(), plugins: [storing("a"), storing("ab")] });
    expect(seen).toEqual([
      [{ key: "x", value: "of a", version: 1 }],
      undefined,
      [{ key: "x", value: "of ab", version: 1 }],
      undefined,
    ]);
    await brain.close();
  });

  test("write in the same commit as the journal, and so cannot disagree with it, wherever it crashes", async () => {
    const audit = plugin({
      name: "audit",
      setup: (registrar) =>
        registrar.withCommit((entry, run) => [
          { type: "append", stream: "trail", entries: [{ run, position: entry.position, type: entry.type }] },
        ]),
    });
    for (let at = 0; at < 5; at++) {
      for (const fate of ["crash-before", "crash-after"] as const) {
        const disk = memoryStore();
        const store = faultyStore(disk, (_commit, index) => (index === at ? fate : "ok"));
        const dying = await createBrain({ store, plugins: [audit], graphs: [one] });
        await Promise.race([store.crashed, dying.run(one, {}, { id: "r" })]);
        const brain = await createBrain({ store: disk, plugins: [audit], graphs: [one] });
        if ((await brain.runs()).length > 0) await brain.resume("r");
        const trail = (await brain.store.read("plugin/audit/trail")).map(({ entry }) => entry);
        const journal = (await brain.runs()).length === 0 ? [] : await brain.journal("r");
        expect(trail).toEqual(journal.map(({ position, type }: Entry) => ({ run: "r", position, type })));
        await brain.close();
      }
    }
  });
});

test("commands are validated and asked of the guards", async () => {
  const brain = await createBrain({
    store: memoryStore(),
    plugins: [
      {
        name: "p",
        setup(registrar) {
          registrar.command({
            name: "greet",
            description: "Greets.",
            args: z.object({ who: z.string() }),
            risk: "low",
            run: ({ who }: { who: string }) => `Hello, ${who}`,
          } as never);
          registrar.guard({
            name: "no mallory",
            check: ({ input }) =>
              JSON.stringify(input).includes("Mallory") ? { verdict: "deny", reason: "known" } : { verdict: "allow" },
          });
        },
      },
    ],
  });
  expect(await brain.command("greet", { who: "Ada" })).toBe("Hello, Ada");
  await expect(brain.command("greet", { who: 1 })).rejects.toMatchObject({ code: "invalid_input" });
  await expect(brain.command("greet", { who: "Mallory" })).rejects.toMatchObject({ code: "denied" });
  await expect(brain.command("sing", {})).rejects.toMatchObject({ code: "not_found" });
  await brain.close();
});

test("loops run their graph again and again until the Brain is closed", async () => {
  const clock = virtualClock();
  const brain = await createBrain({
    store: memoryStore(),
    clock,
    graphs: [one],
    plugins: [
      { name: "p", setup: (registrar) => registrar.loop({ name: "beat", every: 1000, graph: "one", input: {} }) },
    ],
  });
  brain.startLoops();
  for (let round = 1; round <= 3; round++) {
    while ((await brain.runs()).filter(({ status }) => status === "completed").length < round || clock.sleeping === 0)
      await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(1000);
  }
  await brain.close();
  expect(clock.sleeping).toBe(0);
});

describe("listeners", () => {
  test("are told of entries once they are durable, in order", async () => {
    const brain = await createBrain({ store: memoryStore() });
    const events: BrainEvent[] = [];
    const off = brain.on((event) => events.push(event));
    await brain.run(one, {}, { id: "r" });
    off();
    await brain.run(one, {});
    expect(events.map((event) => event.type === "entry" && event.entry.position)).toEqual([0, 1, 2, 3]);
    expect(events.map((event) => event.type === "entry" && event.entry)).toEqual(await brain.journal("r"));
    await brain.close();
  });

  test("that throw are reported once and do not disturb the run", async () => {
    const said = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const brain = await createBrain({
      store: memoryStore(),
      listeners: [
        () => {
          throw new Error("clumsy");
        },
      ],
    });
    expect(await brain.run(one, {})).toMatchObject({ status: "completed" });
    expect(said).toHaveBeenCalledTimes(1);
    said.mockRestore();
    await brain.close();
  });
});

test("what is remembered outside of a run is checked, scoped and found again", async () => {
  const brain = await createBrain({ store: memoryStore(), scope: "acme/shop" });
  const id = await brain.remember({ kind: "learning", text: "Retries hide slow queries.", tags: ["sql"] });
  await brain.remember({
    kind: "insight",
    text: "Slow queries come on Mondays.",
    links: [{ to: id, type: "derived-from" }],
  });
  expect((await brain.recall("slow queries")).map(({ record }) => record.kind).toSorted()).toEqual([
    "insight",
    "learning",
  ]);
  expect(await brain.recall("slow queries", { scope: "acme/other" })).toEqual([]);
  expect((await brain.recall({ text: "slow", kinds: ["learning"] }))[0]?.record).toMatchObject({
    id,
    scope: "acme/shop",
    trust: "person",
    tags: ["sql"],
  });
  await expect(brain.remember({ kind: "gossip" as never, text: "x" })).rejects.toMatchObject({ code: "invalid_input" });
  await expect(brain.remember({ kind: "learning", text: "" })).rejects.toMatchObject({ code: "invalid_input" });
  await expect(brain.remember({ kind: "learning", text: "x", validFrom: 2, validTo: 1 })).rejects.toMatchObject({
    code: "invalid_input",
  });
  await expect(brain.remember({ kind: "learning", text: "x\ud800" })).rejects.toMatchObject({ code: "invalid_input" });
  await expect(
    brain.remember({ kind: "learning", text: "x", links: [{ to: "nobody", type: "about" }] }),
  ).rejects.toMatchObject({ code: "not_found" });
  await brain.close();
  await expect(brain.run(one, {})).rejects.toMatchObject({ code: "store_closed" });
});
