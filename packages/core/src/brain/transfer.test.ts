import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createBrain, END, graph, openJournal, replay, START, stateOf, type Entry } from "../index.ts";
import { createRecord } from "../memory/create-record.ts";
import { pageLength } from "../journal/pages.ts";
import { common, withBrain } from "../run/fixture.ts";
import { faultyStore, memoryStore } from "../testing/index.ts";

/** A record about somebody, which the run speaks of. */
const known = "01890000-0000-7000-8000-00000000abcd";
const rounds = 300;
/** A run whose journal takes several commits to be taken in, and which waits in between. */
const long = graph({ name: "g", ...common, maxSteps: rounds + 10 })
  .node("turn", async ({ n }, ctx) => {
    if (n === 0) ctx.note(`It is as ${known} says.`, { record: known });
    return { n: n + 1, log: n === 150 ? [String(await ctx.signalled("go"))] : [] };
  })
  .edge(START, "turn")
  .branch("turn", ({ n }) => (n < rounds ? "turn" : END), ["turn", END])
  .build();

const text = await withBrain({ graphs: [long] }, async (brain) => {
  await brain.run(long, {}, { id: "r" });
  await brain.signal("r", "go", "went");
  expect(stateOf(await brain.resume("r", long)).n).toBe(rounds);
  return brain.export("r");
});
const lines = text.split("\n");

async function* pieces(of: string, size: number): AsyncGenerator<string> {
  for (let from = 0; from < of.length; from += size) yield of.slice(from, from + size);
}

describe("an import of a long journal", () => {
  test("comes in pieces of any size, and gives the same journal again", async () => {
    for (const size of [1, 700, 1e6])
      await withBrain({ graphs: [long] }, async (brain) => {
        expect(await brain.import(() => pieces(text, size))).toBe("r");
        expect(await brain.export("r")).toBe(text);
        expect(stateOf(await brain.resume("r", long)).log).toEqual(["went"]);
        await expect(brain.import(text)).rejects.toMatchObject({ code: "conflict" });
      });
  });

  test.each([1, 2, 3])(
    "that was broken off after commit %i is gone on with, and nobody takes a part of it",
    async (crash) => {
      const disk = memoryStore();
      const store = faultyStore(disk, (_, index) => (index === crash - 1 ? "crash-after" : "ok"));
      const dying = await createBrain({ store, graphs: [long] });
      void dying.import(text);
      await store.crashed;
      await withBrain({ store: disk, graphs: [long] }, async (brain) => {
        const there = (await brain.journal("r")).length;
        if (there < lines.length - 2) {
          expect(there).toBe(128 * crash);
          for (const touching of [brain.resume("r", long), brain.signal("r", "go"), brain.abort("r", "no")])
            await expect(touching).rejects.toMatchObject({
              code: "conflict",
              message: expect.stringContaining("Import it again") as string,
            });
          // Of another run that was called the same.
          const other = await withBrain({ graphs: [long] }, async (elsewhere) => {
            await elsewhere.run(long, {}, { id: "r" });
            return elsewhere.export("r");
          });
          await expect(brain.import(other)).rejects.toMatchObject({ code: "conflict" });
          expect(await brain.import(text)).toBe("r");
        }
        expect(await brain.export("r")).toBe(text);
        expect(stateOf(await brain.resume("r", long)).n).toBe(rounds);
      });
    },
  );

  test("that was broken off stays so when something in it is erased", async () => {
    const disk = memoryStore();
    const store = faultyStore(disk, (_, index) => (index === 0 ? "crash-after" : "ok"));
    void (await createBrain({ store })).import(text);
    await store.crashed;
    await withBrain({ store: disk, graphs: [long] }, async (brain) => {
      const about = { id: known, scope: "main", createdAt: 0, provenance: {} };
      const record = createRecord(
        { kind: "learning", text: "Ann has a cat.", trust: "person", subjects: ["ann"] },
        about,
      );
      await brain.store.commit({ id: "known", writes: [{ type: "record", record }] });
      expect(await brain.erase({ ids: [known] })).toMatchObject({ entries: 1, runs: ["r"] });
      await expect(brain.resume("r", long)).rejects.toMatchObject({ code: "conflict" });
      expect(await brain.import(text)).toBe("r");
      expect(await brain.export("r")).not.toContain(known);
      await expect(brain.replay({ run: "r" })).rejects.toMatchObject({ code: "erased", details: { position: 1 } });
    });
  });

  test.each([
    ["a changed byte", () => text.replace('"went"', '"want"')],
    ["a missing end", () => lines.slice(0, 200).join("\n") + "\n"],
    ["a missing line", () => lines.toSpliced(250, 1).join("\n")],
    ["half a line", () => text.slice(0, -10)],
  ])("with %s takes in nothing", async (_, damaged) => {
    await withBrain({}, async (brain) => {
      await expect(brain.import(() => pieces(damaged(), 5000))).rejects.toMatchObject({ code: "journal_corrupt" });
      expect(await brain.runs()).toEqual([]);
      expect(await brain.import(text)).toBe("r");
      expect(await brain.export("r")).toBe(text);
    });
  });
});

describe("a sealed export in pieces", () => {
  const key = randomBytes(32);
  test("is refused when a piece is missing, or two have changed places", async () => {
    await withBrain({ graphs: [long] }, async (brain) => {
      await brain.import(text);
      const sealed: string[] = [];
      for await (const piece of brain.exportPieces("r", { key })) sealed.push(piece);
      expect(sealed.length).toBeGreaterThan(4);
      expect(await brain.replay({ journal: sealed.join(""), key })).toMatchObject({ equal: true });
      const broken = [
        sealed.slice(0, -1),
        sealed.toSpliced(2, 1),
        sealed.with(2, sealed[3] ?? "").with(3, sealed[2] ?? ""),
      ];
      for (const one of [...broken, sealed.slice(0, 1)])
        await expect(brain.replay({ journal: one.join(""), key })).rejects.toMatchObject({ code: "journal_corrupt" });
    });
  });
});

describe("a replay of pages", () => {
  const wide = graph({ name: "g", ...common, state: common.state.extend({ item: common.state.shape.n.optional() }) })
    .node("part", async ({ item = 0 }, ctx) => ({
      log: [await ctx.effect({ name: "part", class: "idempotent", run: () => `${item}` })],
    }))
    .each(START, { over: () => Array.from({ length: 400 }, (_, index) => index), as: "item", to: "part" })
    .edge("part", END)
    .build();

  test("asks for no more than a page at a time, however its branches lie in it, and finds what differs", async () => {
    const journal = await withBrain({ graphs: [wide] }, async (brain) => {
      await brain.run(wide, {}, { id: "r" });
      return brain.export("r");
    });
    const asked: number[] = [];
    const paged = (of: string) => {
      const { length, read } = openJournal(of);
      return {
        length,
        async read(from: number, limit: number): Promise<readonly Entry[]> {
          asked.push(limit);
          return read(from, limit);
        },
      };
    };
    expect(await replay(wide, paged(journal))).toMatchObject({ equal: true, entries: 802, status: "completed" });
    expect(Math.max(...asked)).toBe(pageLength);
    // Each page is read once to check it, and once to replay it.
    expect(asked.length).toBeLessThanOrEqual(2 * Math.ceil(802 / pageLength));
    await expect(replay(wide, paged(journal.replace('"result":"399"', '"result":"398"')))).rejects.toMatchObject({
      code: "journal_corrupt",
    });
    const other = graph({ name: "other", ...common })
      .node("part", () => ({}))
      .edge(START, "part")
      .edge("part", END)
      .build();
    await expect(replay(other, paged(journal))).rejects.toMatchObject({ code: "invalid_input" });
  });

  test("fails as its source does", async () => {
    const { length, read } = openJournal(text);
    let reads = 0;
    const failing = {
      length,
      read: async (from: number, limit: number) => {
        if (++reads > 7) throw new Error("the disk is gone");
        return read(from, limit);
      },
    };
    await expect(replay(long, failing)).rejects.toThrow("the disk is gone");
  });
});
