import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  canonical,
  createBrain,
  END,
  exportJournal,
  graph,
  importJournal,
  START,
  verifyChain,
  type Entry,
  type Json,
} from "../index.ts";
import { memoryStore } from "../testing/index.ts";
import type { EntryContent } from "../contracts/journal.ts";
import { encode } from "./canonical.ts";
import { chainEntry, chainStart, salt } from "./chain.ts";
import { unpackEntry } from "./packed.ts";
import { seededRandom, uuid7 } from "./random.ts";

const plainJson = fc.jsonValue() as fc.Arbitrary<Json>;

describe("canonical JSON", () => {
  test("a long list of texts is encoded as a short one, whatever is in it", () => {
    const odd = fc.oneof(fc.string(), fc.constantFrom("\\ud800", "\\\\ud800", '"', "\n", "\u2028", "\u{1f600}"));
    fc.assert(
      fc.property(fc.array(odd, { minLength: 16, maxLength: 40 }), (texts) => {
        expect(canonical(texts)).toBe(`[${texts.map((text) => canonical(text)).join(",")}]`);
      }),
    );
    const texts = Array.from({ length: 20 }, () => "text");
    expect(() => canonical([...texts, "\ud800"])).toThrow(/at '\/20' there is a string with half a surrogate pair/);
    const gap: string[] = [...texts];
    gap.length = 21;
    expect(() => canonical(gap)).toThrow(/at '\/20' there is undefined/);
  });

  test("orders keys by UTF-16 code units, as RFC 8785 shows", () => {
    const value = { "\u20ac": 5, "\r": 1, "\ufb33": 7, "1": 2, "\ud83d\ude00": 6, "\u0080": 3, "\u00f6": 4 };
    expect([...canonical(value).matchAll(/:(\d)/g)].map(([, place]) => place).join("")).toBe("1234567");
    expect(canonical({ numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001] })).toBe(
      '{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
    );
  });
  test("gives back what went in, and depends on the value alone", () => {
    fc.assert(
      fc.property(plainJson, (value) => {
        const text = canonical(value);
        expect(canonical(JSON.parse(text) as Json)).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(encode(value, "value").json).toEqual(JSON.parse(text));
      }),
    );
  });
  test("an entry's text, put together from its parts, is the entry packed, and its header is hashed as it is canonical", () => {
    const text = fc.string({ unit: "binary" }).filter((one) => one.isWellFormed());
    const count = fc.nat();
    const kinds = fc.constantFrom("pure", "idempotent", "compensatable", "irreversible");
    const place = { path: text, node: text, visit: count, attempt: count };
    const call = { ...place, call: count, name: text, class: kinds, inputHash: fc.constant("hash") };
    const content = fc.oneof(
      fc.record({ type: fc.constant("node-completed"), ...place, ms: count, body: fc.record({ update: plainJson }) }),
      fc.record({ type: fc.constant("effect-intended"), ...call, body: fc.record({ input: plainJson }) }),
      fc.record(
        { type: fc.constant("effect-completed"), ...call, ms: count, body: fc.record({ result: plainJson }) },
        { requiredKeys: ["type", "path", "node", "visit", "attempt", "call", "name", "class", "ms", "body"] },
      ),
      fc.record({ type: fc.constant("run-taken"), owner: text, epoch: count }),
    ) as unknown as fc.Arbitrary<EntryContent>;
    fc.assert(
      fc.property(fc.array(content), fc.nat(), (contents, at) => {
        let end = chainStart;
        const entries = contents.map((each) => {
          const { entry, text: written } = chainEntry(each, end, at, salt());
          end = { position: entry.position + 1, hash: entry.hash };
          const unpacked = unpackEntry(JSON.parse(written) as Json);
          expect(unpacked).toEqual(JSON.parse(JSON.stringify(entry)));
          return unpacked as unknown as Entry;
        });
        verifyChain(entries);
      }),
    );
  });
  test("drops absent members and negative zero", () => {
    expect(encode({ a: undefined, b: -0 }, "value")).toEqual({ json: { b: 0 }, text: '{"b":0}' });
  });
  const circle: unknown[] = [];
  circle.push(circle);
  test.each([
    [new Date()],
    [new Map()],
    [1n],
    [Number.NaN],
    [() => 1],
    [Symbol("s")],
    ["\ud800"],
    [[undefined]],
    [circle],
  ])("refuses %p by its place", (value) => {
    expect(() => encode({ at: [value] }, "The state")).toThrow(
      expect.objectContaining({ code: "invalid_input", message: expect.stringContaining("/at/0") as string }),
    );
  });
});

test("seeded numbers depend on the seed alone and fill their range evenly", () => {
  const first = seededRandom("a");
  const again = seededRandom("a");
  const numbers = Array.from({ length: 1000 }, () => first.next());
  expect(numbers).toEqual(Array.from({ length: 1000 }, () => again.next()));
  expect(new Set(numbers).size).toBe(1000);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(numbers.reduce((sum, number) => sum + number) / 1000).toBeCloseTo(0.5, 1);
  expect(uuid7(Date.UTC(2026, 0, 1))).toMatch(/^019b76da-a800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

describe("an exported journal", async () => {
  const looped = graph({ name: "loop", state: z.object({ n: z.number().default(0) }), maxSteps: 10 })
    .node("add", async ({ n }, ctx) => ({
      n: await ctx.effect({ name: "plus", class: "idempotent", input: n, run: () => n + 1 }),
    }))
    .edge(START, "add")
    .branch("add", ({ n }) => (n < 3 ? "add" : END), ["add", END])
    .build();
  const brain = await createBrain({ store: memoryStore(), graphs: [looped] });
  await brain.run(looped, {}, { id: "r" });
  const text = await brain.export("r");
  const entries = importJournal(text);

  test("is read back as it was", () => {
    expect(exportJournal(entries)).toBe(text);
  });

  test("is refused whatever byte is changed, with the entry it is in", () => {
    const bytes = Buffer.from(text);
    const lineOf = (offset: number): number => bytes.subarray(0, offset).toString().split("\n").length - 1;
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 127 }), (offset, flip) => {
        const changed = Buffer.from(bytes);
        changed[offset] = ((changed[offset] as number) ^ flip) & 0x7f;
        let error: unknown;
        try {
          importJournal(changed.toString());
        } catch (thrown) {
          error = thrown;
        }
        expect(error).toMatchObject({ code: "journal_corrupt" });
        const line = lineOf(offset);
        if (line > 0 && bytes[offset] !== 10 && changed[offset] !== 10)
          expect(error).toMatchObject({ details: { position: line - 1 } });
      }),
      { numRuns: 500 },
    );
  });

  test.each(["1e999", "null", '"\\ud800"', "[]"])("is refused where a line is %s", (line) => {
    const lines = text.split("\n");
    const broken = [...lines.slice(0, 2), line, ...lines.slice(3)].join("\n");
    expect(() => importJournal(broken)).toThrow(
      expect.objectContaining({ code: "journal_corrupt", details: { position: 1 } }),
    );
  });

  test("is refused when its end is missing", () => {
    const short = text.split("\n").slice(0, -2).join("\n") + "\n";
    expect(() => importJournal(short)).toThrow(expect.objectContaining({ code: "journal_corrupt" }));
  });

  test("stays provable when a value is erased", () => {
    const without = entries.map((entry) =>
      entry.type === "effect-completed" ? (({ body: _body, salt: _salt, ...rest }) => rest)(entry) : entry,
    ) as Entry[];
    verifyChain(without);
    expect(JSON.stringify(without[1])).not.toContain("result");
  });
});

test("each entry has a salt of its own, of 132 random bits", async () => {
  const count = graph({ name: "count", state: z.object({}) })
    .node("count", async (_state, ctx) => {
      for (let i = 0; i < 600; i++) await ctx.effect({ name: "same", class: "pure", run: () => Promise.resolve(1) });
      return {};
    })
    .edge(START, "count")
    .edge("count", END)
    .build();
  const brain = await createBrain({ store: memoryStore() });
  await brain.run(count, {}, { id: "r" });
  const salts = (await brain.journal("r")).flatMap((entry) => ("salt" in entry ? [entry.salt] : []));
  expect(salts.length).toBeGreaterThan(600);
  expect(salts.filter((salt) => !/^[\w-]{22}$/.test(salt))).toEqual([]);
  // No two have even a part in common.
  expect(new Set(salts.flatMap((salt) => [salt.slice(0, 11), salt.slice(11)])).size).toBe(2 * salts.length);
  await brain.close();
});
