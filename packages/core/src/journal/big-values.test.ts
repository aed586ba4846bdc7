import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  canonical,
  createBrain,
  END,
  graph,
  START,
  stateOf,
  verifyChain,
  type Brain,
  type Entry,
  type Json,
  type Store,
  type StoreOpener,
} from "../index.ts";
import { faultyStore, memoryStore } from "../testing/index.ts";

const paragraph = "All that is said in this document is said again. ".repeat(20);
const documentOf = (n: number): Json => ({ title: `no ${n}`, parts: Array.from({ length: 30 }, () => paragraph) });

const json: z.ZodType<Json> = z.json();
const state = z.object({ doc: json.default(null), text: z.string().default(""), n: z.number().default(0) });
/** Hands a document through its steps, as an effect's input and result, in updates and in the state. */
const hand = graph({ name: "hand", state, maxSteps: 100 })
  .node("hold", async ({ doc, text, n }, ctx) => {
    const got = await ctx.effect({ name: "keep", class: "idempotent", input: n, run: () => ({ copy: doc }) });
    return { doc: got.copy, text, n: n + 1 };
  })
  .node("ask", async (given, ctx) => {
    const answer = await ctx.ask({ text: "Go on?", data: { doc: given.doc } });
    return { n: answer === "yes" ? given.n : -1 };
  })
  .edge(START, "hold")
  .branch("hold", ({ n }) => (n < 5 ? "hold" : "ask"), ["hold", "ask"])
  .edge("ask", END)
  .build();

/** A store that lets tests see what blobs there are. */
function watched(inner: StoreOpener = memoryStore()): StoreOpener & { readonly blobs: () => Map<string, number> } {
  const blobs = new Map<string, number>();
  return {
    name: inner.name,
    blobs: () => blobs,
    async open() {
      const store = await inner.open();
      return {
        ...store,
        async commit(commit) {
          const committed = await store.commit(commit);
          for (const write of commit.writes) {
            if (write.type !== "blob" && write.type !== "unblob") continue;
            const key = `${write.scope} ${write.id}`;
            const left = (blobs.get(key) ?? 0) + (write.type === "blob" ? 1 : -1);
            if (left === 0) blobs.delete(key);
            else blobs.set(key, left);
          }
          return committed;
        },
      };
    },
  };
}

async function withBrain(store: StoreOpener, use: (brain: Brain) => Promise<void>): Promise<void> {
  const brain = await createBrain({ store, graphs: [hand] });
  await use(brain);
  await brain.close();
}

async function finish(brain: Brain, id: string, doc: Json): Promise<void> {
  const waiting = await brain.run(hand, { doc, text: "x".repeat(20_000) }, { id });
  await brain.answer(id, waiting.status === "waiting" ? (waiting.questions[0]?.id ?? "") : "", "yes");
  stateOf(await brain.resume(id, hand));
}

const stored = async (store: Store, run: string): Promise<string> => JSON.stringify(await store.read(`journal/${run}`));

describe("a big value", () => {
  test("is kept once, and comes back wherever the journal is read", async () => {
    const store = watched();
    await withBrain(store, async (brain) => {
      const followed: Entry[] = [];
      await finish(brain, "r", documentOf(1));
      const journal = await brain.journal("r");
      for await (const entry of brain.follow("r")) followed.push(entry);
      expect(followed).toEqual(journal);
      verifyChain(journal);
      expect(journal.at(-1)).toMatchObject({ body: { state: { doc: documentOf(1), text: "x".repeat(20_000), n: 5 } } });
      expect((await stored(brain.store, "r")).length).toBeLessThan(12_000);
      expect(await stored(brain.store, "r")).not.toContain("All that is said");
      // The document and the text, each once in the run's scope.
      expect([...store.blobs().keys()].map((key) => key.split(" ")[0])).toEqual(["main", "main"]);
      expect((await brain.ledger("r"))[0]?.result).toEqual({ copy: documentOf(1) });
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, state: { doc: documentOf(1) } });
    });
  });

  test("lives as long as something refers to it: a fork and an import have references of their own", async () => {
    const store = watched();
    let exported = "";
    await withBrain(store, async (brain) => {
      await finish(brain, "r", documentOf(1));
      await finish(brain, "same", documentOf(1));
      await finish(brain, "other", documentOf(2));
      await brain.fork("r", { id: "f", scope: "main" });
      await brain.fork("r", { id: "g" });
      exported = await brain.export("r");
      expect(await brain.prune()).toHaveLength(3);
      expect(await brain.replay({ run: "f" })).toMatchObject({ equal: true });
      for (const id of ["f", "g"]) expect(stateOf(await brain.resume(id, hand)).doc).toEqual(documentOf(1));
      expect(await brain.prune()).toHaveLength(2);
      expect([...store.blobs()]).toEqual([]);
    });
    const there = watched();
    await withBrain(there, async (brain) => {
      await brain.import(exported);
      expect((await stored(brain.store, "r")).length).toBeLessThan(12_000);
      expect(await brain.export("r")).toBe(exported);
      expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true });
      await brain.prune();
      expect([...there.blobs()]).toEqual([]);
    });
  });

  test("is in a snapshot by reference, and goes with it", async () => {
    const store = watched();
    const dying = faultyStore(store, (_commit, index) => (index === 60 ? "crash-after" : "ok"));
    const long = graph({ name: "long", state: state.extend({ log: z.string().default("") }), maxSteps: 400 })
      .node("add", async ({ n }, ctx) => ({
        n: await ctx.effect({ name: "plus", class: "idempotent", run: () => n + 1 }),
        log: paragraph.slice(0, 900),
      }))
      .edge(START, "add")
      .branch("add", ({ n }) => (n < 80 ? "add" : END), ["add", END])
      .build();
    const first = await createBrain({ store: dying, graphs: [long] });
    await Promise.race([dying.crashed, first.run(long, { doc: documentOf(1) }, { id: "r" })]);
    const brain = await createBrain({ store, graphs: [long] });
    const [snapshot] = await brain.store.documents("snapshot/");
    expect(snapshot).toBeDefined();
    expect(JSON.stringify(snapshot).length).toBeLessThan(3000);
    expect(stateOf(await brain.resume("r", long))).toMatchObject({ n: 80, doc: documentOf(1) });
    expect(await brain.store.documents("snapshot/")).toEqual([]);
    // The input and the final state refer to it, and nothing else does.
    expect([...store.blobs().values()]).toEqual([2]);
    await brain.prune();
    expect([...store.blobs()]).toEqual([]);
    await brain.close();
  });

  test("that is missing is said so, and a changed one is seen", async () => {
    const store = watched();
    await withBrain(store, async (brain) => {
      await finish(brain, "r", documentOf(1));
      // The paragraphs are what is big; the title stays in the entry.
      const text = canonical((documentOf(1) as { parts: Json }).parts);
      const id = createHash("sha256").update(text).digest("base64url");
      const references = store.blobs().get(`main ${id}`) ?? 0;
      const drop = Array.from({ length: references }, () => ({ type: "unblob" as const, scope: "main", id }));
      await brain.store.commit({ id: "drop", writes: drop });
      await expect(brain.journal("r")).rejects.toMatchObject({ code: "store_corrupt" });
      const bytes = Buffer.from(text.replace("said", "sold"));
      await brain.store.commit({ id: "forge", writes: [{ type: "blob", scope: "main", id, bytes }] });
      await expect(brain.replay({ run: "r" })).rejects.toMatchObject({ code: "journal_corrupt" });
    });
  });

  test("is found whatever holds it, and what surrounds it may be big as well", async () => {
    const store = watched();
    await withBrain(store, async (brain) => {
      const inner = "y".repeat(10_000);
      const { length } = [...store.blobs()];
      const doc = { __proto__x: 1, list: [1, { inner }, Array.from({ length: 2000 }, (_, i) => `line ${i}`)], inner };
      Object.defineProperty(doc, "__proto__", { value: "z".repeat(9000), enumerable: true });
      const result = await brain.run(hand, { doc }, { id: "r" });
      expect(result.status).toBe("waiting");
      expect(canonical(await startedWith(brain))).toBe(canonical(doc));
      expect(store.blobs().size - length).toBe(3);
      verifyChain(await brain.journal("r"));
    });
    async function startedWith(brain: Brain): Promise<Json> {
      const [first] = await brain.journal("r");
      return first?.type === "run-started" ? ((first.body.input as { doc: Json }).doc ?? null) : null;
    }
  });
});
