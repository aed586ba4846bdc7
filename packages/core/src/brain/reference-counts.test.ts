import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  createBrain,
  END,
  graph,
  isBrainOpsError,
  isErased,
  START,
  verifyChain,
  type Brain,
  type Graph,
  type Json,
  type Store,
  type StoreOpener,
  type Write,
} from "../index.ts";
import { isWithin } from "../recall/fits-filter.ts";
import { memoryStore } from "../testing/index.ts";

const documents = ["a", "b"].map((letter) => letter.repeat(9000));
const state = z.object({ doc: z.string().default(""), n: z.number().default(0), with: z.string().default("") });
type Work = Graph<z.input<typeof state>, z.output<typeof state>>;

/** A loop with big values in effects, updates, state and snapshots; then a question. */
function loop(name: string, version: string, shape: typeof state): Work {
  return (
    graph({ name, state: shape, version, continues: ["1", "2"], maxSteps: 60 })
      .node("pass", async ({ doc, n }, ctx) => {
        ctx.remember({ kind: "experience", text: `${ctx.run} has ${doc.slice(0, 3)}`, subjects: [doc.slice(0, 1)] });
        return { doc: await ctx.effect({ name: "pass", class: "idempotent", run: () => doc }), n: n + 1 };
      })
      // Long enough that there is a snapshot, which holds the document too.
      .node("fill", async ({ n, doc }, ctx) => {
        await ctx.effect({ name: "fill", class: "idempotent", run: () => "f".repeat(7000) });
        return { n: n + 1, doc };
      })
      .node("ask", async (_, ctx) => ({ with: String(await ctx.ask({ text: "Go on?" })) }))
      .edge(START, "pass")
      .edge("pass", "fill")
      .branch("fill", ({ n }) => (n % 14 === 0 ? "ask" : "pass"), ["ask", "pass"])
      .edge("ask", END)
      .build()
  );
}
const work = loop("work", "1", state);
/** Code with another state: it does not use the snapshots of the first. */
const newer = loop("work", "2", state.extend({ more: z.string().default("m") }));
/** The same loop within a graph, whose state has the document too. */
const nested: Work = graph({ name: "nested", state })
  .graph("within", loop("within", "1", state), { input: ({ doc }) => ({ doc }), output: ({ doc, n }) => ({ doc, n }) })
  .edge(START, "within")
  .edge("within", END)
  .build();
const all = [work, newer, nested];

/** Counts references as the commits that succeed say. */
function counting(references: Map<string, number>): StoreOpener {
  const inner = memoryStore();
  const count = (write: Write): void => {
    if (write.type === "erase" && write.scope !== undefined)
      for (const key of references.keys()) if (isWithin(key.split(" ")[0] ?? "", write.scope)) references.delete(key);
    if (write.type !== "blob" && write.type !== "unblob") return;
    const key = `${write.scope} ${write.id}`;
    const left = (references.get(key) ?? 0) + (write.type === "blob" ? 1 : -1);
    if (left === 0) references.delete(key);
    else references.set(key, left);
  };
  return {
    name: "counting",
    async open() {
      const store = await inner.open();
      return {
        ...store,
        async commit(commit) {
          const committed = await store.commit(commit);
          for (const write of commit.writes) count(write);
          return committed;
        },
      };
    },
  };
}

type Kept = { readonly apart?: { readonly scope: string; readonly parts: readonly { readonly id: string }[] } };

/** The references that entries and snapshots hold. */
async function held(store: Store): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const add = (value: Json): void => {
    const { apart } = value as Kept;
    for (const { id } of apart?.parts ?? [])
      found.set(`${apart?.scope} ${id}`, (found.get(`${apart?.scope} ${id}`) ?? 0) + 1);
  };
  for (const stream of await store.streams("journal/")) for (const { entry } of await store.read(stream)) add(entry);
  for (const { value } of await store.documents("snapshot/")) add(value);
  return found;
}

const scopes = ["acme", "acme/shop", "other"] as const;
const which = fc.nat(7);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("run" as const), doc: fc.nat(1), scope: fc.nat(2), of: fc.nat(2) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("answer", "fork", "eraseRun", "resume", "carry"),
      which,
      newer: fc.boolean(),
    }),
  },
  fc.record({ do: fc.constant("prune" as const), keep: fc.nat(3) }),
  fc.record({ do: fc.constant("eraseScope" as const), scope: fc.nat(2) }),
  fc.record({ do: fc.constant("erasePerson" as const), doc: fc.nat(1) }),
);

async function take(
  brain: Brain,
  index: number,
  given: typeof step extends fc.Arbitrary<infer S> ? S : never,
): Promise<void> {
  const runs = await brain.runs();
  const chosen = "which" in given ? runs[given.which % Math.max(1, runs.length)] : undefined;
  switch (given.do) {
    case "run":
      await brain.run(
        all[given.of] ?? work,
        { doc: documents[given.doc] ?? "" },
        { id: `r${index}`, scope: scopes[given.scope] ?? "acme" },
      );
      return;
    case "prune":
      return void (await brain.prune({ keep: given.keep }));
    case "eraseScope":
      return void (await brain.erase({ scope: scopes[given.scope] ?? "acme" }));
    case "erasePerson":
      return void (await brain.erase({ subject: "ab".charAt(given.doc) }));
  }
  if (chosen === undefined) return;
  const { id } = chosen;
  const code = chosen.graph === "nested" ? nested : "newer" in given && given.newer ? newer : work;
  if (given.do === "fork") await brain.fork(id, { id: `f${index}` });
  if (given.do === "resume") await brain.resume(id, code);
  // Taken in again after it was forgotten, as in another store.
  if (given.do === "carry") {
    const journal = await brain.export(id);
    if (chosen.status !== "open") await brain.prune();
    await brain.import(journal);
  }
  if (given.do === "eraseRun") await brain.erase({ run: id });
  if (given.do === "answer") {
    const asked = (await brain.journal(id)).findLast((entry) => entry.type === "waiting");
    if (asked?.type !== "waiting") return;
    await brain.answer(id, asked.wait, "yes");
    await brain.resume(id, code);
  }
}

/** What a step may be told when it does not fit what is there. */
const expected = ["erased", "conflict", "already_answered", "not_found", "invalid_input", "diverged"];

test("whatever is run, forked, pruned and erased: references are exact, and chains hold", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      const references = new Map<string, number>();
      const brain = await createBrain({ store: counting(references), graphs: all });
      for (const [index, given] of steps.entries()) {
        try {
          await take(brain, index, given);
        } catch (error) {
          if (!isBrainOpsError(error) || !expected.includes(error.code)) throw error;
        }
        expect(Object.fromEntries(references)).toEqual(Object.fromEntries(await held(brain.store)));
        for (const { id } of await brain.runs()) verifyChain(await brain.journal(id));
      }
      for (const { id, status } of await brain.runs()) if (status === "open") await brain.abort(id, "done");
      await brain.prune();
      expect([...references]).toEqual([]);
      await brain.close();
    }),
    { numRuns: 12 },
  );
});

test("two that prune and erase the same at once give nothing back twice", async () => {
  const references = new Map<string, number>();
  const store = counting(references);
  const [first, second] = [await createBrain({ store }), await createBrain({ store })];
  const doc = documents[0] ?? "";
  for (const id of ["r", "s", "kept"]) {
    const result = await first.run(work, { doc }, { id, scope: "acme" });
    if (id === "kept") continue;
    await first.answer(id, result.status === "waiting" ? (result.questions[0]?.id ?? "") : "", "yes");
    await first.resume(id, work);
  }
  const done = await Promise.allSettled([
    first.prune(),
    second.erase({ run: "s" }),
    second.prune(),
    first.erase({ run: "r" }),
    second.erase({ run: "r" }),
  ]);
  for (const each of done) if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "not_found" });
  expect(Object.fromEntries(references)).toEqual(Object.fromEntries(await held(first.store)));
  expect((await first.journal("kept")).length).toBeGreaterThan(10);
  await first.close();
  await second.close();
});

test("what is erased while it is read is read again", async () => {
  const inner = memoryStore();
  let meanwhile: (() => Promise<void>) | undefined;
  const interrupting: StoreOpener = {
    name: "interrupting",
    async open() {
      const store = await inner.open();
      return {
        ...store,
        async blob(scope, id) {
          const happens = meanwhile;
          meanwhile = undefined;
          await happens?.();
          return store.blob(scope, id);
        },
      };
    },
  };
  const [reading, erasing] = [await createBrain({ store: interrupting }), await createBrain({ store: inner })];
  await erasing.run(work, { doc: documents[0] ?? "" }, { id: "r" });
  meanwhile = async () => void (await erasing.erase({ run: "r" }));
  expect((await reading.journal("r")).some(isErased)).toBe(true);
  await reading.close();
  await erasing.close();
});
