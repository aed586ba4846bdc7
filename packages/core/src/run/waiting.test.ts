import { describe, expect, test } from "vitest";
import { z } from "zod";
import { action, END, graph, START, stateOf, type BrainOptions, type Guard } from "../index.ts";
import { memoryStore } from "../testing/index.ts";
import { common, errorOf, single, types, withBrain } from "./fixture.ts";

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
      await brain.answer("r", question, "x", "ada");
      await expect(brain.answer("r", question, "y")).rejects.toMatchObject({ code: "already_answered" });
      expect(stateOf(await brain.resume("r"))).toEqual({ n: 1, log: ["x", "x 1"] });
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "completed" });
      expect((await brain.journal("r")).find((entry) => entry.type === "answered")).toMatchObject({
        body: { answer: "x", by: "ada" },
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
      brain.on(
        (event) => event.type === "entry" && event.entry.type === "asked" && asked.resolve(event.entry.question),
      );
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
      expect(
        errorOf(
          await brain.run(
            single(async (_, ctx) => ({ log: [`${await ctx.act("paint", { colour: 1 })}`] })),
            {},
          ),
        ),
      ).toMatchObject({ code: "invalid_input" });
      expect(
        errorOf(
          await brain.run(
            single(async (_, ctx) => ({ log: [`${await ctx.act("sing", {})}`] })),
            {},
          ),
        ),
      ).toMatchObject({ code: "not_found" });
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
