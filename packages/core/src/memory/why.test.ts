import { expect, test } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, START } from "../index.ts";
import { memoryStore } from "../testing/index.ts";
import { clock, put, storeWith } from "./fixture.ts";
import { feedback, formatWhy, why, type Reason } from "./index.ts";

const ids = (reason: Reason): unknown => [
  reason.relation ?? "root",
  reason.record.id,
  ...(reason.reasons.length > 0 ? [reason.reasons.map(ids)] : []),
];

test("goes from a learning down to its experiences, with what speaks against it and how it was judged", async () => {
  const store = await storeWith(
    put("insight", "Cold caches break things.", { kind: "insight" }),
    put("learning", "Deploys time out.", { kind: "learning", provenance: { evidence: ["e2", "https://x.test/1"] } }),
    put("e1", "It timed out on Monday.", { trust: "test" }),
    put("e2", "It timed out on Friday.", { trust: "outside" }),
    put("e3", "It went well.", { trust: "person" }),
    put("old", "Deploys are slow.", { kind: "learning" }),
    { type: "link", link: { from: "insight", to: "learning", type: "derived-from", reason: "the same again" } },
    { type: "link", link: { from: "learning", to: "e1", type: "derived-from" } },
    { type: "link", link: { from: "e3", to: "learning", type: "contradicts" } },
    { type: "link", link: { from: "learning", to: "old", type: "supersedes" } },
    { type: "link", link: { from: "old", to: "e1", type: "derived-from" } },
    // Not a reason: somebody only talks about it.
    { type: "link", link: { from: "e1", to: "learning", type: "about" } },
  );
  const { id } = await feedback(store, "acme", {
    on: { record: "learning" },
    verdict: "bad",
    by: "Ann",
    trust: "person",
  });
  const tree = await why(store, "acme", "insight", { clock });
  expect(ids(tree)).toEqual([
    "root",
    "insight",
    [
      [
        "because",
        "learning",
        [
          ["because", "e1"],
          ["instead of", "old", [["because", "e1"]]],
          ["because", "e2"],
          ["against", "e3"],
          ["judged", id],
        ],
      ],
    ],
  ]);
  const learning = tree.reasons[0];
  expect(learning).toMatchObject({ trust: "model", reason: "the same again", elsewhere: ["https://x.test/1"] });
  expect(learning?.confidence).toBeCloseTo(4 / 12, 10);
  expect(learning?.reasons.map(({ trust }) => trust)).toEqual(["test", "model", "outside", "person", "person"]);
  // A record that is a reason twice is followed once.
  expect(learning?.reasons[1]?.reasons[0]?.seen).toBe(true);

  const text = formatWhy(tree).join("\n");
  expect(text).toContain("└─ because [learning] Deploys time out.");
  expect(text).toContain("├─ against [experience] It went well.");
  expect(text).toContain("says a text from outside, 100 % sure");
  expect(text).toContain("0 of 8 speak for it");
  expect(text).toContain("because of https://x.test/1, which is not here");
});

test("ends in circles, at its limits, and at the border of its scope", async () => {
  const store = await storeWith(
    put("a", "A"),
    put("b", "B"),
    put("outside", "secret", { scope: "beta" }),
    { type: "link", link: { from: "a", to: "b", type: "derived-from" } },
    { type: "link", link: { from: "b", to: "a", type: "derived-from" } },
    { type: "link", link: { from: "a", to: "outside", type: "derived-from" } },
    ...Array.from({ length: 5 }, (_, i) => put(`e${i}`, `E${i}`)),
    ...Array.from({ length: 5 }, (_, i) => ({
      type: "link" as const,
      link: { from: "b", to: `e${i}`, type: "derived-from" as const },
    })),
  );
  const tree = await why(store, "acme", "a", { breadth: 3 });
  expect(ids(tree)).toEqual([
    "root",
    "a",
    [
      [
        "because",
        "b",
        [
          ["because", "a"],
          ["because", "e0"],
          ["because", "e1"],
        ],
      ],
    ],
  ]);
  expect(tree.reasons[0]?.more).toBe(3);
  expect(formatWhy(tree).join("\n")).toContain("and 3 more");
  expect(JSON.stringify(tree)).not.toContain("secret");
  expect((await why(store, "acme", "a", { depth: 1 })).reasons[0]?.reasons).toEqual([]);
  await expect(why(store, "acme", "outside")).rejects.toMatchObject({ code: "not_found" });
  await expect(why(store, "", "a")).rejects.toMatchObject({ code: "invalid_input" });
});

const parting = graph({ name: "parting", state: z.object({ item: z.number().optional() }) })
  .node("see", (_, ctx) => {
    ctx.remember({ kind: "experience", text: "seen" });
    return {};
  })
  .node("part", (_, ctx) => {
    ctx.remember({ kind: "experience", text: "parted" });
    return {};
  })
  .edge(START, "see")
  .each("see", { over: () => [1, 2], as: "item", to: "part" })
  .edge("part", END)
  .build();

test("every record that a run makes says which run, node, path and journal entry made it", async () => {
  const brain = await createBrain({ store: memoryStore(), scope: "acme" });
  expect((await brain.run(parting, {}, { id: "r1" })).status).toBe("completed");
  const journal = await brain.journal("r1");
  const made = await brain.store.find({ scope: "acme" });
  expect(made.length).toBe(3);
  for (const { record } of made) {
    const { run, node, path, position } = (await why(brain.store, "acme", record.id)).provenance;
    expect(run).toBe("r1");
    expect(journal[position ?? -1]).toMatchObject({ type: "node-completed", node, path });
  }
  expect(new Set(made.map(({ record }) => record.provenance.position)).size).toBe(3);
  await brain.close();
});
