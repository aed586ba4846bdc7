import { expect, test } from "vitest";
import { BrainOpsError, type StoredDocument } from "@brainops/core";
import { virtualClock, type VirtualClock } from "@brainops/core/testing";
import { chain, type SharedState } from "@brainops/providers";
import { ask, play } from "../test-support/play.ts";
import { timedModel, type Turn } from "../test-support/timed-model.ts";

const storage = (): SharedState & { readonly kept: Map<string, StoredDocument> } => {
  const kept = new Map<string, StoredDocument>();
  return {
    kept,
    get: (key) => Promise.resolve(kept.get(key)),
    put(key, value, expected) {
      const version = kept.get(key)?.version ?? 0;
      if (expected !== undefined && expected !== version) {
        return Promise.reject(new BrainOpsError("conflict", "Another was faster."));
      }
      kept.set(key, { key, value, version: version + 1 });
      return Promise.resolve();
    },
  };
};

/** A process of its own: another chain with another breaker over the same storage. */
const process = (clock: VirtualClock, shared: SharedState, turns: (call: number) => Turn) => {
  const a = timedModel("a", clock, turns);
  return { a, model: chain([a, timedModel("b", clock, [{}])], { clock, breaker: { shared } }) };
};

test("what one process found out keeps the others from the model", async () => {
  const clock = virtualClock();
  const shared = storage();
  const one = process(clock, shared, () => ({ fail: "network" }));
  const two = process(clock, shared, () => ({}));
  await two.model.generate(ask);
  for (let i = 0; i < 5; i++) await one.model.generate(ask);
  await clock.advance(1_000);
  await two.model.generate(ask);
  await clock.advance(1_000);
  const response = await two.model.generate(ask);
  expect(response.attempts).toMatchObject([{ model: "a", outcome: "skipped" }, { model: "b" }]);
});

test("of all processes one makes the probe, and its answer opens the way for all", async () => {
  const clock = virtualClock();
  const shared = storage();
  let well = false;
  const turns = (): Turn => (well ? { ms: 400 } : { fail: "network" });
  const many = Array.from({ length: 5 }, () => process(clock, shared, turns));
  const asked = (): number => many.reduce((sum, { a }) => sum + a.asked, 0);
  for (let i = 0; i < 5; i++) await many[0]?.model.generate(ask);
  await clock.advance(1_000);
  for (const { model } of many) await model.generate(ask);
  await clock.advance(4_000);
  well = true;
  const before = asked();
  const answers = await play(clock, Promise.all(many.map(({ model }) => model.generate(ask))));
  expect(asked()).toBe(before + 1);
  expect(answers.map((response) => response.model.name).toSorted()).toEqual(["a", "b", "b", "b", "b"]);
  await clock.advance(1_000);
  for (const { model } of many) await play(clock, model.generate(ask));
  await clock.advance(1_000);
  const later = await play(clock, Promise.all(many.map(({ model }) => model.generate(ask))));
  expect(later.every((response) => response.model.name === "a")).toBe(true);
});

test("a store that cannot be reached fails no call", async () => {
  const clock = virtualClock();
  const down = (): Promise<never> => Promise.reject(new BrainOpsError("store_unavailable", "It is down."));
  const { a, model } = process(clock, { get: down, put: down }, () => ({ fail: "network" }));
  for (let i = 0; i < 9; i++) expect((await model.generate(ask)).model.name).toBe("b");
  expect(a.asked).toBe(5);
  await clock.advance(5_000);
  await model.generate(ask);
  expect(a.asked).toBe(6);
});
