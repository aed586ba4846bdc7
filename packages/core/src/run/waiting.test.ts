import { afterEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { action, createBrain, END, graph, START, stateOf, type BrainOptions, type Guard } from "../index.ts";
import { memoryStore, virtualClock } from "../testing/index.ts";
import { common, errorOf, single, types, untilDone, withBrain } from "./fixture.ts";

describe("questions", () => {
  const g = graph({ name: "g", ...common })
    .node("ask", async (_, ctx) => ({ log: [(await ctx.ask({ text: "Which?", options: ["x", "y"] })) as string] }))
    .node("beside", async (_, ctx) => ({ n: await ctx.effect({ name: "work", class: "idempotent", run: () => 1 }) }))
    .node("end", ({ log, n }) => ({ log: [`${log.join()} ${n}`] }))
    .edge(START, ["ask", "beside"])
    .edge("ask", "end")
    .edge("beside", "end")
    .edge("end", END)
    .build();

  test("make the run wait, over a restart, while other branches finish", async () => {
    const store = memoryStore();
    const question = await withBrain({ store, graphs: [g] }, async (brain) => {
      const result = await brain.run(g, {}, { id: "r" });
      expect(result).toMatchObject({
        status: "waiting",
        questions: [{ text: "Which?", options: ["x", "y"], node: "ask" }],
      });
      expect(types(await brain.journal("r"))).toContain("node-completed");
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "unfinished" });
      return result.status === "waiting" ? (result.questions[0]?.id ?? "") : "";
    });
    await withBrain({ store, graphs: [g] }, async (brain) => {
      expect(await brain.resume("r")).toMatchObject({ status: "waiting" });
      await expect(brain.answer("r", "nothing", "x")).rejects.toMatchObject({ code: "not_found" });
      await expect(brain.answer("r", question, "green")).rejects.toMatchObject({ code: "invalid_input" });
      await brain.answer("r", question, "x", "ada");
      await expect(brain.answer("r", question, "y")).rejects.toMatchObject({ code: "already_answered" });
      expect(stateOf(await brain.resume("r"))).toEqual({ n: 1, log: ["x", "x 1"] });
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "completed" });
      expect((await brain.journal("r")).find((entry) => entry.type === "woken")).toMatchObject({
        body: { value: "x", by: "ada" },
      });
    });
  });

  test("that are answered while the owner works reach it at once", async () => {
    const gate = Promise.withResolvers<void>();
    const busy = graph({ name: "g", ...common })
      .node("ask", async (_, ctx) => ({ log: [(await ctx.ask({ text: "Which?" })) as string] }))
      .node("busy", async (_, ctx) => {
        await ctx.effect({ name: "busy", class: "idempotent", run: () => gate.promise });
        return {};
      })
      .edge(START, ["ask", "busy"])
      .edge("ask", END)
      .edge("busy", END)
      .build();
    await withBrain({}, async (brain) => {
      const asked = Promise.withResolvers<string>();
      brain.on((event) => event.type === "entry" && event.entry.type === "waiting" && asked.resolve(event.entry.wait));
      brain.on(
        (event) =>
          event.type === "entry" &&
          event.entry.type === "node-completed" &&
          event.entry.node === "ask" &&
          gate.resolve(),
      );
      const running = brain.run(busy, {}, { id: "r" });
      await brain.answer("r", await asked.promise, "now");
      expect(stateOf(await running).log).toEqual(["now"]);
    });
  });
});

test("an answer after the deadline is refused, though no process was there when it passed", async () => {
  const clock = virtualClock();
  const store = memoryStore();
  const asks = single(async (_, ctx) => ({ log: [String(await ctx.ask({ text: "Well?", timeoutMs: 5000 }))] }));
  const first = await createBrain({ store, clock, graphs: [asks] });
  void first.run(asks, {}, { id: "r" });
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
  await first.close();
  await clock.advance(5000);
  await withBrain({ store, clock, graphs: [asks] }, async (brain) => {
    const asked = (await brain.journal("r")).find((entry) => entry.type === "waiting");
    const late = brain.answer("r", asked?.type === "waiting" ? asked.wait : "", "late");
    await expect(late).rejects.toMatchObject({ code: "timeout" });
    expect(errorOf(await untilDone(clock, brain.resume("r")))).toMatchObject({ code: "timeout" });
  });
});

describe("a wait of months by the machine's clock", () => {
  afterEach(() => vi.useRealTimers());

  test("is not over before its time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
    const day = 24 * 3_600_000;
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    let over = false;
    const sleeps = single(async (_, ctx) => (await ctx.sleep(60 * day), { n: 1 }));
    await withBrain({}, async (brain) => {
      const running = brain.run(sleeps, {}).finally(() => (over = true));
      await turns();
      await vi.advanceTimersByTimeAsync(59 * day);
      await turns();
      expect(over).toBe(false);
      await vi.advanceTimersByTimeAsync(2 * day);
      expect(stateOf(await running)).toMatchObject({ n: 1 });
    });
  });
});

describe("guards and actions", () => {
  const applied: string[] = [];
  const paint = action({
    name: "paint",
    description: "Paints.",
    args: z.object({ colour: z.string() }),
    risk: "high",
    class: "idempotent",
    apply: ({ colour }) => (applied.push(colour), { was: "white" }),
  });
  const g = single(async (_, ctx) => ({ log: [JSON.stringify(await ctx.act("paint", { colour: "red" }))] }));
  const guarded = (...guards: Guard[]) => ({
    graphs: [g],
    plugins: [
      {
        name: "paint",
        setup: (registrar: Parameters<NonNullable<BrainOptions["plugins"]>[number]["setup"]>[0]) => (
          registrar.action(paint),
          guards.forEach((guard) => registrar.guard(guard))
        ),
      },
    ],
  });
  const saying = (verdict: "allow" | "ask" | "deny", name = verdict): Guard => ({
    name,
    check: () => (verdict === "allow" ? { verdict } : { verdict, reason: "because" }),
  });

  test("an allowed action is validated and applied", async () => {
    await withBrain(guarded(saying("allow")), async (brain) => {
      applied.length = 0;
      expect(stateOf(await brain.run(g, {}, { id: "r" })).log).toEqual(['{"was":"white"}']);
      expect(applied).toEqual(["red"]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
      expect(applied).toEqual(["red"]);
      for (const [name, args, code] of [
        ["paint", { colour: 1 }, "invalid_input"],
        ["sing", {}, "not_found"],
      ] as const) {
        const refused = single(async (_, ctx) => ({ log: [`${await ctx.act(name, args)}`] }));
        expect(errorOf(await brain.run(refused, {}, { id: name }))).toMatchObject({ code });
        // A replay knows no actions: that it was refused is in the journal.
        expect(await brain.replay({ run: name }, refused)).toMatchObject({ equal: true, status: "failed" });
        expect(await brain.ledger(name)).toMatchObject([{ name: `action.${name}`, status: "failed", error: { code } }]);
      }
    });
  });

  test("deny wins over ask over allow, and nothing is done", async () => {
    await withBrain(guarded(saying("allow"), saying("ask"), saying("deny")), async (brain) => {
      applied.length = 0;
      expect(errorOf(await brain.run(g, {}))).toMatchObject({
        code: "denied",
        message: expect.stringContaining("because") as string,
      });
      expect(applied).toEqual([]);
    });
  });

  test.each([
    ["yes", "completed"],
    ["no", "failed"],
  ])("asking waits for a person, who says %s", async (answer, status) => {
    await withBrain(guarded(saying("ask")), async (brain) => {
      applied.length = 0;
      const result = await brain.run(g, {}, { id: "r" });
      if (result.status !== "waiting") throw new Error(`it should wait, but is ${result.status}`);
      expect(applied).toEqual([]);
      await brain.answer("r", result.questions[0]?.id ?? "", answer);
      expect((await brain.resume("r")).status).toBe(status);
      expect(applied).toEqual(answer === "yes" ? ["red"] : []);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
    });
  });
});

describe("waiting for time and signals", () => {
  const napping = single(async (_, ctx) => {
    const before = ctx.now();
    await ctx.sleep(60_000);
    return { n: ctx.now() - before };
  });

  test("a sleep takes its time, over a restart too, and no time in replay", async () => {
    const store = memoryStore();
    const clock = virtualClock();
    const first = await createBrain({ store, clock, graphs: [napping] });
    const running = first.run(napping, {}, { id: "r" });
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(20_000);
    await first.close();
    expect(await running).toMatchObject({ status: "stopped" });
    await withBrain({ store, clock, graphs: [napping] }, async (brain) => {
      expect(stateOf(await untilDone(clock, brain.resume("r", napping))).n).toBe(60_000);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "completed" });
    });
  });

  test("a process without patience rests at once, and says until when; the next takes the rest of the time", async () => {
    const clock = virtualClock();
    await withBrain({ clock, graphs: [napping] }, async (brain) => {
      const until = clock.now() + 60_000;
      const resting = { status: "waiting", waits: [{ for: "time", until }] };
      expect(await brain.run(napping, {}, { id: "r", patienceMs: 0 })).toMatchObject(resting);
      expect(await brain.resume("r", napping, { patienceMs: 59_999 })).toMatchObject(resting);
      await clock.advance(60_000);
      expect(stateOf(await brain.resume("r", napping, { patienceMs: 0 })).n).toBe(60_000);
      expect(clock.sleeping).toBe(0);
    });
  });

  test("signals are taken in order, once each, whether they come before or after they are waited for", async () => {
    const g = single(async (_, ctx) => ({
      log: [
        (await ctx.signalled("go")) as string,
        (await ctx.signalled("other")) as string,
        (await ctx.signalled("go")) as string,
      ],
    }));
    const store = memoryStore();
    await withBrain({ store, graphs: [g] }, async (brain) => {
      expect(await brain.run(g, {}, { id: "r" })).toMatchObject({
        status: "waiting",
        questions: [],
        waits: [{ signal: "go" }],
      });
      await brain.signal("r", "go", "one");
      await brain.signal("r", "go", "two");
      expect(await brain.resume("r")).toMatchObject({ status: "waiting", waits: [{ signal: "other" }] });
    });
    await withBrain({ store, graphs: [g] }, async (brain) => {
      await brain.signal("r", "other", "three");
      await expect(brain.signal("nobody", "go")).rejects.toMatchObject({ code: "not_found" });
      expect(stateOf(await brain.resume("r", g)).log).toEqual(["one", "three", "two"]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
    });
  });

  test("a question and a signal may have a time to come in; what comes late is a timeout in the node", async () => {
    const clock = virtualClock();
    const codeOf = (error: unknown): string => (error as { code: string }).code;
    const g = single(async (_, ctx) => ({
      log: await Promise.all([
        ctx.ask({ text: "Now?", timeoutMs: 1000 }).then(String, codeOf),
        ctx.signalled("go", { timeoutMs: 2000 }).then(String, codeOf),
      ]),
    }));
    await withBrain({ clock, graphs: [g] }, async (brain) => {
      const running = brain.run(g, {}, { id: "r" });
      while (clock.sleeping < 2) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(1000);
      await brain.signal("r", "go", "in time");
      expect(stateOf(await running).log).toEqual(["timeout", "in time"]);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
      expect(clock.sleeping).toBe(0);
    });
  });
});
