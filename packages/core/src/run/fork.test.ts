import { describe, expect, test } from "vitest";
import { createBrain, END, graph, START, stateOf, type Entry } from "../index.ts";
import { memoryStore, scriptedModel, virtualClock } from "../testing/index.ts";
import { common, single, withBrain } from "./fixture.ts";

const paid: string[] = [];
const shop = graph({ name: "shop", ...common })
  .node("look", async ({ n }, ctx) => {
    ctx.remember({ kind: "experience", text: `looked for ${n}` });
    return { log: [await ctx.effect({ name: "look", class: "idempotent", input: n, run: () => `found ${n}` })] };
  })
  .node("choose", async (_, ctx) => ({ log: [String(await ctx.ask({ text: "Which?" }))] }))
  .node("say", async (_, ctx) => ({
    log: [(await ctx.generate({ messages: [{ role: "user", content: "Say it" }] })).text],
  }))
  .node("pay", async ({ log }, ctx) => {
    await ctx.effect({ name: "pay", class: "irreversible", run: () => void paid.push(log.join()) });
    const known = await ctx.recall("looked");
    return { n: known.length };
  })
  .edge(START, "look")
  .edge("look", "choose")
  .edge("choose", "say")
  .edge("say", "pay")
  .edge("pay", END)
  .build();

const model = scriptedModel([() => ({ text: "said", usage: { inputTokens: 3, outputTokens: 4 } })]);
const positionOf = (entries: readonly Entry[], type: Entry["type"], node: string): number =>
  entries.find((entry) => entry.type === type && "node" in entry && entry.node === node)?.position ?? -1;

describe("a fork", () => {
  test("goes on from an entry with another answer, and asks before it does what cannot be taken back", async () => {
    paid.length = 0;
    await withBrain({ model, graphs: [shop] }, async (brain) => {
      const first = await brain.run(shop, { n: 7 }, { id: "a" });
      const question = first.status === "waiting" ? (first.questions[0]?.id ?? "") : "";
      await brain.answer("a", question, "red");
      expect(stateOf(await brain.resume("a", shop))).toEqual({ n: 1, log: ["found 7", "red", "said"] });

      const at = positionOf(await brain.journal("a"), "woken", "choose");
      const id = await brain.fork("a", { id: "b", at });
      expect(await brain.resume(id)).toMatchObject({ status: "waiting", questions: [{ id: question }] });
      await brain.answer("b", question, "blue");
      const asks = await brain.resume("b");
      expect(asks).toMatchObject({
        status: "waiting",
        questions: [{ text: expect.stringContaining("fork") as string }],
      });
      expect(paid).toEqual(["found 7,red,said"]);
      await brain.answer("b", asks.status === "waiting" ? (asks.questions[0]?.id ?? "") : "", "yes");
      // What the first run remembered is still known; what the fork remembers lies apart.
      expect(stateOf(await brain.resume("b", shop))).toEqual({ n: 1, log: ["found 7", "blue", "said"] });
      expect(await brain.replay({ run: "b" })).toMatchObject({ equal: true, status: "completed" });

      // What it began with was done under the key of the run that it is from.
      expect((await brain.ledger("b", { class: "irreversible" })).map(({ key }) => key)).toEqual(["b/pay#0/0/pay"]);
      const [inherited] = await brain.ledger("b");
      expect(inherited?.key.startsWith("a/look#0/0/")).toBe(true);

      const compared = await brain.compare("a", "b");
      expect(compared).toMatchObject({ differing: ["log"], parting: at });
      expect(compared.runs.map(({ tokens, modelCalls, status }) => [tokens, modelCalls, status])).toEqual([
        [7, 1, "completed"],
        [7, 1, "completed"],
      ]);
      expect(compared.runs[0].state).toEqual({ n: 1, log: ["found 7", "red", "said"] });
    });
  });

  test("with another input begins anew, in a scope of its own", async () => {
    await withBrain({ model, graphs: [shop] }, async (brain) => {
      await brain.run(shop, { n: 7 }, { id: "a" });
      const id = await brain.fork("a", { input: { n: 8 } });
      expect(await brain.resume(id)).toMatchObject({ status: "waiting" });
      expect((await brain.recall("looked")).map(({ record }) => record.text)).toEqual(["looked for 7"]);
      const own = await brain.recall("looked", { scope: `fork/${id}` });
      expect(own.map(({ record }) => record.text)).toEqual(["looked for 8"]);
      await expect(brain.fork("a", { input: { n: 8 }, at: 2 })).rejects.toMatchObject({ code: "invalid_input" });
      await expect(brain.fork("a", { at: 99 })).rejects.toMatchObject({ code: "invalid_input" });
      await expect(brain.fork("a", { id: "a" })).rejects.toMatchObject({ code: "conflict" });
      await expect(brain.fork("nobody")).rejects.toMatchObject({ code: "not_found" });
    });
  });
});

test("a fork, and a run that was taken in, get what is left for them, though the journal has taken from another inbox", async () => {
  const g = single(async (_, ctx) => {
    const first = await ctx.signalled("go");
    const answer = await ctx.ask({ text: "Which?" });
    return { log: [String(first), String(answer), String(await ctx.signalled("go"))] };
  });
  await withBrain({ graphs: [g] }, async (brain) => {
    await brain.run(g, {}, { id: "a" });
    for (const name of ["unused", "go"]) await brain.signal("a", name, 1);
    const asks = await brain.resume("a");
    const question = asks.status === "waiting" ? (asks.questions[0]?.id ?? "") : "";
    await brain.answer("a", question, "red");
    await brain.resume("a");
    const id = await brain.fork("a", { id: "f" });
    await expect(brain.answer(id, question, "blue")).rejects.toMatchObject({ code: "already_answered" });
    await brain.resume(id);
    await brain.signal(id, "go", 2);
    expect(stateOf(await brain.resume("f"))).toMatchObject({ log: ["1", "red", "2"] });
    const text = await brain.export("a");
    await withBrain({ graphs: [g] }, async (other) => {
      await other.import(text);
      await expect(other.answer("a", question, "blue")).rejects.toMatchObject({ code: "already_answered" });
      await other.resume("a");
      await other.signal("a", "go", 3);
      expect(stateOf(await other.resume("a"))).toMatchObject({ log: ["1", "red", "3"] });
    });
  });
});

test("a fork of a fork replays, with the ids of what each of the runs remembered", async () => {
  const g = graph({ name: "g", ...common, maxSteps: 10 })
    .node("note", ({ n }, ctx) => {
      const id = ctx.remember({ kind: "experience", text: `round ${n}` });
      ctx.link({ from: id, to: id, type: "about" });
      return { n: n + 1, log: [id] };
    })
    .edge(START, "note")
    .branch("note", ({ n }) => (n < 3 ? "note" : END), ["note", END])
    .build();
  await withBrain({ graphs: [g] }, async (brain) => {
    const a = stateOf(await brain.run(g, {}, { id: "a" })).log;
    await brain.fork("a", { id: "b", at: 2 });
    const b = stateOf(await brain.resume("b", g)).log;
    // The fork's own entries begin with its being taken over.
    await brain.fork("b", { id: "c", at: 4 });
    const c = stateOf(await brain.resume("c", g)).log;
    expect([b[0], c[0], c[1]]).toEqual([a[0], a[0], b[1]]);
    expect(new Set([...a, ...b, ...c]).size).toBe(6);
    for (const run of ["a", "b", "c"]) expect(await brain.replay({ run })).toMatchObject({ equal: true });
  });
});

test("the ledger lists effects with their keys and outcomes, and can be filtered", async () => {
  const g = single(async (_, ctx) => {
    await ctx.effect({ name: "read", class: "pure", input: "x", run: () => "y" });
    await ctx
      .effect({ name: "send", class: "irreversible", run: () => Promise.reject(new Error("no")) })
      .catch(() => {});
    return {};
  });
  await withBrain({}, async (brain) => {
    await brain.run(g, {}, { id: "r" });
    expect(await brain.ledger("r")).toMatchObject([
      { name: "read", class: "pure", status: "completed", key: "r/work#0/0/read", input: "x", result: "y" },
      {
        name: "send",
        class: "irreversible",
        status: "failed",
        key: "r/work#0/1/send",
        error: { message: "Error: no" },
      },
    ]);
    expect(await brain.ledger("r", { status: "failed" })).toHaveLength(1);
    expect(await brain.ledger("r", { class: "pure", name: "send" })).toEqual([]);
  });
});

test("a run is followed from any position without a gap or a duplicate", async () => {
  const gate = Promise.withResolvers<void>();
  const g = single(async (_, ctx) => {
    for (let call = 0; call < 10; call++) {
      await ctx.effect({ name: "step", class: "idempotent", run: () => (call === 5 ? gate.promise : undefined) });
    }
    return {};
  });
  await withBrain({}, async (brain) => {
    const begun = Promise.withResolvers<void>();
    brain.on((event) => event.type === "entry" && event.entry.position === 3 && begun.resolve());
    const running = brain.run(g, {}, { id: "r" });
    await begun.promise;
    const seen: Entry[] = [];
    for await (const entry of brain.follow("r")) if (seen.push(entry) === 2) break;
    for await (const entry of brain.follow("r", { from: 2 })) {
      seen.push(entry);
      if (seen.length === 4) gate.resolve();
    }
    await running;
    expect(seen).toEqual(await brain.journal("r"));
    const again: Entry[] = [];
    for await (const entry of brain.follow("r", { from: 10 })) again.push(entry);
    expect(again).toEqual(seen.slice(10));
  });
});

test("a run that another process had in between is followed without a gap", async () => {
  const twice = single(async (_, ctx) => ({
    log: [String(await ctx.signalled("a")), String(await ctx.signalled("b"))],
  }));
  const store = memoryStore();
  await withBrain({ store }, (one) =>
    withBrain({ store }, async (two) => {
      await one.run(twice, {}, { id: "r" });
      const seen: number[] = [];
      const followed = one.follow("r")[Symbol.asyncIterator]();
      const next = async (): Promise<unknown> => seen.push((await followed.next()).value?.position ?? -1);
      await next();
      await next();
      await two.signal("r", "a");
      await two.resume("r", twice);
      await two.signal("r", "b");
      await one.resume("r", twice);
      const { length } = await one.journal("r");
      while (seen.length < length) await next();
      expect(seen).toEqual(Array.from({ length }, (_, index) => index));
    }),
  );
});

test("what a fork of a fork remembers is its own, also before where that one began", async () => {
  const g = graph({ name: "g", ...common })
    .node("one", (_, ctx) => ({ log: [ctx.remember({ kind: "learning", text: "the same" })] }))
    .node("two", () => ({ n: 1 }))
    .edge(START, "one")
    .edge("one", "two")
    .edge("two", END)
    .build();
  await withBrain({ graphs: [g] }, async (brain) => {
    await brain.run(g, {}, { id: "a" });
    await brain.fork("a", { id: "f", at: 3 });
    await brain.resume("f");
    await brain.fork("f", { id: "ff", at: 1 });
    await brain.resume("ff");
    expect(await brain.replay({ run: "ff" })).toMatchObject({ equal: true, status: "completed" });
  });
});

test("two runs that do the same part nowhere, and the time until a fork is made is nobody's", async () => {
  const clock = virtualClock();
  const g = single(async (_, ctx) => {
    ctx.remember({ kind: "learning", text: "the same" });
    return { n: await ctx.effect({ name: "one", class: "idempotent", run: () => 1 }) };
  });
  await withBrain({ clock, graphs: [g] }, async (brain) => {
    await brain.run(g, {}, { id: "a" });
    const later = clock.sleep(86_400_000);
    await clock.next();
    await later;
    await brain.run(g, {}, { id: "b" });
    await brain.fork("a", { id: "f", at: 1 });
    await brain.resume("f");
    await brain.fork("f", { id: "later", at: 4 });
    await brain.fork("later", { id: "ff", at: 1 });
    for (const fork of ["later", "ff"]) await brain.resume(fork);
    for (const other of ["b", "f", "later", "ff"]) {
      const compared = await brain.compare("a", other);
      expect(compared).toMatchObject({ differing: [], runs: [{ ms: 0 }, { ms: 0 }] });
      expect(compared).not.toHaveProperty("parting");
    }
  });
});

describe("code that changes under a run", () => {
  const build = (changed: boolean, reached: string[]) =>
    single(async (_, ctx) => {
      await ctx.effect({ name: "before", class: "idempotent", run: () => {} });
      const log = ["old"];
      if (changed && ctx.patched("new-way")) {
        await ctx.effect({ name: "added", class: "idempotent", run: () => {} });
        log[0] = "new";
      }
      await ctx.ask({ text: "Go on?" });
      reached.push(log[0] ?? "");
      return { log };
    });

  test.each([
    ["keeps the old way where the run had gone past it", "ask", "old"],
    ["takes the new way where it had not come to it", "before", "new"],
  ])("%s", async (_name, until, expected) => {
    const store = memoryStore();
    const old = build(false, []);
    const first = await createBrain({ store, graphs: [old] });
    if (until === "ask") await first.run(old, {}, { id: "r" });
    else {
      await first.run(old, {}, { id: "whole" });
      await first.fork("whole", { id: "r", at: 2 });
    }
    await first.close();
    const reached: string[] = [];
    const changed = build(true, reached);
    await withBrain({ store, graphs: [changed] }, async (brain) => {
      const waiting = await brain.resume("r", changed);
      await brain.answer("r", waiting.status === "waiting" ? (waiting.questions[0]?.id ?? "") : "", "yes");
      expect(stateOf(await brain.resume("r", changed)).log).toEqual([expected]);
      expect(await brain.replay({ run: "r" }, changed)).toMatchObject({ equal: true });
    });
  });
});
