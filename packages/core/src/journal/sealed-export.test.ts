import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  createBrain,
  END,
  graph,
  importJournal,
  replay,
  sealJournal,
  START,
  stateOf,
  unsealJournal,
} from "../index.ts";
import { memoryStore } from "../testing/index.ts";

const secret = "What the run was about.";
const work = graph({ name: "work", state: z.object({ doc: z.string().default(""), n: z.number().default(0) }) })
  .node("add", async ({ n, doc }, ctx) => ({
    n: await ctx.effect({ name: "plus", class: "idempotent", input: n, run: () => n + 1 }),
    doc: `${doc} more`,
  }))
  .edge(START, "add")
  .edge("add", END)
  .build();

describe("a sealed export", async () => {
  const here = await createBrain({ store: memoryStore(), graphs: [work] });
  await here.run(work, { doc: secret + "x".repeat(20_000) }, { id: "r" });
  const plain = await here.export("r");
  const key = randomBytes(32);
  const sealed = await here.export("r", { key });

  test("holds the whole journal, big values too, and is replayed and taken in with its key alone", async () => {
    expect(plain).toContain(secret);
    expect(sealed).not.toContain(secret);
    expect(sealed).not.toContain("plus");
    expect(await unsealJournal(sealed, key)).toBe(plain);
    for (const journal of [plain, await unsealJournal(sealed, key)])
      expect(await replay(work, importJournal(journal))).toMatchObject({ equal: true, state: { n: 1 } });
    expect(await here.replay({ journal: sealed, key })).toMatchObject({ equal: true });
    const there = await createBrain({ store: memoryStore(), graphs: [work] });
    expect(await there.import(sealed, { key })).toBe("r");
    expect(stateOf(await there.resume("r", work)).doc).toContain(secret);
    expect(await there.export("r")).toBe(plain);
    await there.close();
  });

  test("is sealed with a passphrase as well, and differently each time", async () => {
    const passphrase = "correct horse battery staple";
    const again = await sealJournal(plain, passphrase);
    expect(again).not.toBe(await sealJournal(plain, passphrase));
    expect(await unsealJournal(again, passphrase)).toBe(plain);
    await expect(unsealJournal(again, "another passphrase")).rejects.toMatchObject({ code: "wrong_key" });
    await expect(unsealJournal(again, key)).rejects.toMatchObject({ code: "wrong_key" });
  });

  test("is not opened by another key, or by none", async () => {
    await expect(here.import(sealed, { key: randomBytes(32) })).rejects.toMatchObject({ code: "wrong_key" });
    await expect(here.replay({ journal: sealed })).rejects.toMatchObject({ code: "wrong_key" });
    await expect(here.import("{}\n", { key })).rejects.toMatchObject({ code: "journal_corrupt" });
  });

  test("is refused whatever byte is changed, added or missing", async () => {
    const refused = async (text: string): Promise<void> =>
      expect(here.replay({ journal: text, key })).rejects.toMatchObject({ code: "journal_corrupt" });
    const head = sealed.indexOf("\n");
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.nat(head + 2), fc.nat(sealed.length - 1)),
        fc.integer({ min: 1, max: 127 }),
        async (offset, flip) => {
          const bytes = Buffer.from(sealed);
          bytes[offset] = ((bytes[offset] as number) ^ flip) & 0x7f;
          await refused(bytes.toString());
        },
      ),
      { numRuns: 150 },
    );
    await refused(sealed.slice(0, -2));
    await refused(`${sealed}\n`);
    await here.close();
  });
});
