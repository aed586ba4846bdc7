import type { Entry } from "@brainops/core";
import { describe, expect, test } from "vitest";
import { costLine } from "./closing.ts";
import { toLine } from "./line.ts";
import { costOf } from "./summary.ts";

const place = { path: "", node: "planner", visit: 0, call: 0 };
const base = { position: 3, at: 1500, hash: "h" };
const effect = (name: string, result: unknown): Entry =>
  ({
    ...base,
    ...place,
    type: "effect-completed",
    name,
    class: "pure",
    inputHash: "i",
    ms: 5,
    body: { result },
  }) as Entry;
const answer = { model: { name: "claude", id: "c" }, usage: { inputTokens: 10, outputTokens: 4 } };

describe("a line of the timeline", () => {
  test("says who answered, and what it took", () => {
    expect(toLine(effect("model.generate", answer))?.text).toBe("claude answers (10 tokens in, 4 out, 5 ms)");
  });

  test("says how much was remembered, and nothing when nothing was", () => {
    expect(toLine(effect("memory.recall", [{ record: { kind: "error" } }, { record: { kind: "error" } }]))?.text).toBe(
      "remembers 2 errors",
    );
    expect(toLine(effect("memory.recall", []))).toBeUndefined();
  });

  test("survives an erased value", () => {
    const erased = { ...base, ...place, type: "noted" } as unknown as Entry;
    expect(toLine(erased)?.text).toBe("(erased)");
  });
});

test("the cost of a run is what its journal says", () => {
  const start = { ...base, at: 1000, type: "run-started" } as unknown as Entry;
  const failed = { ...base, ...place, type: "effect-failed", name: "model.generate" } as unknown as Entry;
  const cost = costOf([
    start,
    effect("model.generate", answer),
    effect("model.generate", answer),
    effect("model.generate", {
      ...answer,
      attempts: [
        { model: "claude", outcome: "failed", cost: 0.001 },
        { model: "gpt", outcome: "answered", cost: 0.0105 },
      ],
    }),
    failed,
    effect("x", null),
  ]);
  expect(costLine(cost)).toContain("4 model calls (claude 3, failed 1), 30 tokens in, 12 tokens out, $0.0115");
  expect(cost).toEqual({
    entries: 6,
    nodes: 0,
    effects: 4,
    modelCalls: 4,
    inputTokens: 30,
    outputTokens: 12,
    usd: 0.0115,
    recalled: 0,
    models: { claude: 3 },
    ms: 500,
  });
});
