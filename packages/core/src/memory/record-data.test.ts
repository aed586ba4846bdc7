import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { createBrain, dataOf, END, graph, START, type Json, type RecordInput } from "../index.ts";
import { memoryStore } from "../testing/index.ts";

const good: readonly RecordInput[] = [
  {
    kind: "decision",
    text: "Postgres it is",
    data: {
      options: ["postgres", { name: "sqlite" }],
      choice: "postgres",
      reason: "many machines",
      expectedOutcome: "no locks",
      actualOutcome: "none",
      wentWell: true,
      own: 1,
    },
  },
  { kind: "learning", text: "Friday is bad", data: { claim: "it is", evidence: ["r1"], confidence: 0.7, holds: true } },
  {
    kind: "error",
    text: "it broke",
    fingerprint: "f",
    data: { fingerprint: "f", count: 2, firstSeen: 5, lastSeen: 9 },
  },
  {
    kind: "solution",
    text: "restart",
    data: { remedy: { action: "restart", args: { unit: "db" } }, tries: 2, successes: 1, lastOutcome: "worked" },
  },
  { kind: "solution", text: "both", data: { remedy: [{ action: "stop" }, { action: "start", args: {} }] } },
  { kind: "insight", text: "they all", data: { pattern: "on Fridays", records: ["r1", "r2"] } },
  { kind: "insight", text: "with figures", data: { pattern: { p: 0.01 } } },
  { kind: "experience", text: "anything", data: { whatever: [null] } },
];

const bad: readonly (readonly [RecordInput["kind"], { readonly [key: string]: Json }, string])[] = [
  ["decision", { options: "postgres" }, "data.options"],
  ["decision", { reason: 7 }, "data.reason"],
  ["decision", { wentWell: "yes" }, "data.wentWell"],
  ["learning", { claim: 1 }, "data.claim"],
  ["learning", { evidence: [1] }, "data.evidence.0"],
  ["learning", { confidence: 1.2 }, "data.confidence"],
  ["error", { count: 0 }, "data.count"],
  ["error", { count: 1.5 }, "data.count"],
  ["error", { firstSeen: -1 }, "data.firstSeen"],
  ["error", { firstSeen: 9, lastSeen: 5 }, "data.lastSeen"],
  ["error", { fingerprint: "" }, "data.fingerprint"],
  ["solution", { remedy: "restart" }, "data.remedy"],
  ["solution", { remedy: { args: {} } }, "data.remedy"],
  ["solution", { tries: 1, successes: 2 }, "data.successes"],
  ["solution", { lastOutcome: "maybe" }, "data.lastOutcome"],
  ["insight", { pattern: 3 }, "data.pattern"],
  ["insight", { records: "r1" }, "data.records"],
];

describe("what a record's data holds by its kind", () => {
  test("is let in where it fits, with fields of one's own", async () => {
    const brain = await createBrain({ store: memoryStore() });
    for (const input of good) {
      const id = await brain.remember(input);
      expect((await brain.store.records([id]))[0]?.record.data).toEqual(input.data);
    }
  });

  test.each(bad)("of %s: %j is refused, naming the field", async (kind, data, field) => {
    const brain = await createBrain({ store: memoryStore() });
    const input = { kind, text: "x", data } as RecordInput;
    await expect(brain.remember(input)).rejects.toMatchObject({ code: "invalid_input", details: { kind, field } });
    await expect(brain.remember(input)).rejects.toThrow(field);
    expect(await brain.store.find({ scope: "main" })).toEqual([]);
    const remembering = graph({ name: "remembering", state: z.object({}) })
      .node("try", (_, ctx) => {
        ctx.remember(input);
        return {};
      })
      .edge(START, "try")
      .edge("try", END)
      .build();
    const result = await brain.run(remembering, {});
    expect(result).toMatchObject({ status: "failed", error: { code: "invalid_input" } });
  });

  test("is typed, when it is written and when it is read", async () => {
    const brain = await createBrain({ store: memoryStore() });
    const id = await brain.remember({ kind: "decision", text: "x", data: { choice: "a", reason: "because", own: 1 } });
    // @ts-expect-error a reason is a text
    await expect(brain.remember({ kind: "decision", text: "x", data: { reason: 1 } })).rejects.toThrow("data.reason");
    const [stored] = await brain.store.records([id]);
    if (stored === undefined) throw new Error("it was remembered");
    const decision = dataOf(stored.record, "decision");
    expectTypeOf(decision?.reason).toEqualTypeOf<string | undefined>();
    expect(decision?.reason).toBe("because");
    expect(dataOf(stored.record, "learning")).toBeUndefined();
    expect(() => dataOf({ ...stored.record, data: { reason: 1 } }, "decision")).toThrow("data.reason");
  });
});
