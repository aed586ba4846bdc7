import { expect, test } from "vitest";
import { BrainOpsError } from "@brainops/core";
import { virtualClock, type VirtualClock } from "@brainops/core/testing";
import { chain, type SharedState } from "@brainops/providers";
import { memoryStorage } from "../test-support/memory-storage.ts";
import { ask, failureOf, play } from "../test-support/play.ts";
import { timedModel, type Turn } from "../test-support/timed-model.ts";

/** A process of its own: another chain with another breaker over the same storage. */
const process = (clock: VirtualClock, shared: SharedState, turns: (call: number) => Turn) => {
  const a = timedModel("a", clock, turns);
  return { a, model: chain([a, timedModel("b", clock, [{}])], { clock, breaker: { shared } }) };
};

test("what one process found out keeps the others from the model", async () => {
  const clock = virtualClock();
  const shared = memoryStorage();
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
  const shared = memoryStorage();
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

test("a store that hangs holds no call for long, and a caller who stops meanwhile asks nobody", async () => {
  const clock = virtualClock();
  const hang = (): Promise<never> => new Promise(() => undefined);
  const a = timedModel("a", clock, (call) => (call <= 5 ? { fail: "network" } : {}));
  const model = chain([a], { clock, rounds: 1, waitMs: 0, breaker: { shared: { get: hang, put: hang } } });
  for (let i = 0; i < 5; i++) await failureOf(model.generate(ask));
  await clock.advance(5_000);
  const stopper = new AbortController();
  const stopped = failureOf(model.generate(ask, { signal: stopper.signal }));
  await clock.advance(1_000);
  stopper.abort();
  await clock.advance(1_000);
  expect((await stopped).code).toBe("aborted");
  expect(a.asked).toBe(5);
  const began = clock.now();
  expect((await play(clock, model.generate(ask))).text).toBe("a says.");
  expect(clock.now() - began).toBe(2_000);
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
