import { describe, expect, test } from "vitest";
import { createBrain, type Brain, type Guard, type RunResult, type Verdict } from "../index.ts";
import { faultyStore, memoryStore, virtualClock } from "../testing/index.ts";
import { single, types, untilDone, withBrain } from "./fixture.ts";

const asking = (more: Partial<Extract<Verdict, { verdict: "ask" }>> = {}, name = "careful"): Guard => ({
  name,
  check: ({ name: effect }) =>
    effect === "pay" ? { verdict: "ask", reason: "It costs.", ...more } : { verdict: "allow" },
});
const guardedBy = (...guards: Guard[]) => ({
  plugins: [
    {
      name: "p",
      setup: (registrar: { guard(guard: Guard): void }) => guards.forEach((guard) => registrar.guard(guard)),
    },
  ],
});

/** Pays what the state says, and counts. */
function paying(): { readonly graph: ReturnType<typeof single>; readonly paid: () => number } {
  let paid = 0;
  const graph = single(async ({ n }, ctx) => {
    await ctx.effect({ name: "pay", class: "idempotent", input: { amount: n }, run: () => Promise.resolve(++paid) });
    return { log: ["paid"] };
  });
  return { graph, paid: () => paid };
}

const question = (result: RunResult): string => (result.status === "waiting" ? (result.questions[0]?.id ?? "") : "");

async function asked(brain: Brain): Promise<string[]> {
  return (await brain.journal("r")).flatMap((entry) => (entry.type === "waiting" ? [entry.wait] : []));
}

describe("an approval", () => {
  test("is taken from those whom the guard names, and from nobody else", async () => {
    const { graph, paid } = paying();
    await withBrain({ graphs: [graph], ...guardedBy(asking({ approvers: ["ada", "alan"] })) }, async (brain) => {
      const waiting = await brain.run(graph, { n: 3 }, { id: "r" });
      expect(waiting).toMatchObject({
        status: "waiting",
        questions: [{ approvers: ["ada", "alan"], data: { input: { amount: 3 } } }],
      });
      const id = question(waiting);
      await expect(brain.answer("r", id, "yes")).rejects.toMatchObject({ code: "denied" });
      await expect(brain.answer("r", id, "yes", "eve")).rejects.toMatchObject({ code: "denied" });
      expect(await brain.resume("r")).toMatchObject({ status: "waiting" });
      await brain.answer("r", id, "yes", "alan");
      expect(await brain.resume("r")).toMatchObject({ status: "completed" });
      expect(paid()).toBe(1);
      const woken = (await brain.journal("r")).find(({ type }) => type === "woken");
      expect(woken).toMatchObject({ body: { by: "alan", value: "yes" } });
      expect((await brain.replay({ run: "r" })).equal).toBe(true);
    });
  });

  test("is asked for by each guard that wants one, and one no is enough", async () => {
    const { graph, paid } = paying();
    const guards = guardedBy(asking({ approvers: ["ada"] }, "first"), asking({ approvers: ["alan"] }, "second"));
    await withBrain({ graphs: [graph], ...guards }, async (brain) => {
      const first = await brain.run(graph, {}, { id: "r" });
      await brain.answer("r", question(first), "yes", "ada");
      const second = await brain.resume("r");
      await expect(brain.answer("r", question(second), "yes", "ada")).rejects.toMatchObject({ code: "denied" });
      await brain.answer("r", question(second), "no", "alan");
      expect(await brain.resume("r")).toMatchObject({
        status: "failed",
        error: { code: "denied", message: expect.stringMatching(/alan said no/) as string },
      });
      expect(paid()).toBe(0);
    });
  });

  test("holds for the input that it was given for, and no other", async ({ task }) => {
    task.meta.parts = "the code changes under the run";
    let amount = 3;
    const graph = single(async (_, ctx) => {
      await ctx.effect({ name: "look", class: "idempotent", run: () => Promise.resolve() });
      const done = await ctx
        .effect({
          name: "pay",
          class: "idempotent",
          input: { amount: amount++ },
          run: () => Promise.reject(new Error("declined")),
        })
        .catch(() => 0);
      if (amount < 6)
        await ctx.effect({
          name: "pay",
          class: "idempotent",
          input: { amount: amount++ },
          run: () => Promise.resolve(1),
        });
      return { n: done };
    });
    await withBrain({ graphs: [graph], ...guardedBy(asking()) }, async (brain) => {
      const first = await brain.run(graph, {}, { id: "r" });
      amount = 3;
      await brain.answer("r", question(first), "yes");
      const second = await brain.resume("r");
      expect(second).toMatchObject({ status: "waiting", questions: [{ data: { input: { amount: 4 } } }] });
      expect(new Set(await asked(brain)).size).toBe(2);
    });
  });

  test("that came too long before the effect is done is asked for again", async () => {
    const clock = virtualClock();
    const disk = memoryStore();
    const { graph, paid } = paying();
    const options = { clock, graphs: [graph], ...guardedBy(asking({ validMs: 60_000 })) };
    const first = await createBrain({ store: disk, ...options });
    const waiting = await first.run(graph, {}, { id: "r" });
    await first.answer("r", question(waiting), "yes", "ada");
    await first.close();
    // Dies when the answer is journaled, before anything is done.
    const dying = faultyStore(disk, (commit) =>
      JSON.stringify(commit.writes).includes('"woken"') ? "crash-after" : "ok",
    );
    const second = await createBrain({ store: dying, ...options });
    void second.resume("r");
    await dying.crashed;
    expect(paid()).toBe(0);
    await clock.advance(61_000);
    await withBrain({ store: disk, ...options }, async (brain) => {
      const again = await brain.resume("r");
      expect(again.status).toBe("waiting");
      expect(question(again)).not.toBe(question(waiting));
      await brain.answer("r", question(again), "yes", "ada");
      expect(await brain.resume("r")).toMatchObject({ status: "completed" });
      expect(paid()).toBe(1);
      expect((await brain.replay({ run: "r" })).equal).toBe(true);
    });
  });

  test("is as old as the yes, however late the run picks it up", async () => {
    const clock = virtualClock();
    const { graph, paid } = paying();
    await withBrain({ clock, graphs: [graph], ...guardedBy(asking({ validMs: 60_000 })) }, async (brain) => {
      const waiting = await brain.run(graph, {}, { id: "r" });
      await brain.answer("r", question(waiting), "yes", "ada");
      await clock.advance(61_000);
      const again = await brain.resume("r");
      expect(question(again)).not.toBe(question(waiting));
      expect(paid()).toBe(0);
      await brain.answer("r", question(again), "yes", "ada");
      expect(await brain.resume("r")).toMatchObject({ status: "completed" });
      expect(paid()).toBe(1);
      expect((await brain.replay({ run: "r" })).equal).toBe(true);
    });
  });

  test("that does not come in time is a no", async () => {
    const clock = virtualClock();
    const { graph, paid } = paying();
    await withBrain({ clock, graphs: [graph], ...guardedBy(asking({ timeoutMs: 5000 })) }, async (brain) => {
      const running = brain.run(graph, {}, { id: "r" });
      while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(5000);
      expect(await running).toMatchObject({ status: "failed", error: { code: "denied" } });
      expect(paid()).toBe(0);
    });
  });
});

test("nothing begins when a guard answers after the node has ended", async () => {
  const clock = virtualClock();
  const slow: Guard = {
    name: "slow",
    check: () => clock.sleep(500).then((): Verdict => ({ verdict: "allow" })),
  };
  let paid = 0;
  const hasty = single((_, ctx) => {
    void ctx.effect({ name: "pay", class: "irreversible", run: () => ++paid });
    return {};
  });
  await withBrain({ clock, ...guardedBy(slow) }, async (brain) => {
    expect(await untilDone(clock, brain.run(hasty, {}, { id: "r" }))).toMatchObject({ status: "completed" });
    await clock.advance(10_000);
    expect(paid).toBe(0);
    expect(types(await brain.journal("r"))).toEqual(["run-started", "node-completed", "run-completed"]);
  });
});
