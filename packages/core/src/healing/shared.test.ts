import { afterEach, expect, test } from "vitest";
import { action, createBrain, plugin, type Action, type Brain, type Fault } from "@brainops/core";
import { healing, type HealingResult } from "@brainops/core/healing";
import { share, unshare } from "@brainops/core/memory";
import { memoryStore } from "@brainops/core/testing";
import { z } from "zod";

let broken = false;
let brain: Brain | undefined;
afterEach(() => brain?.close());

const fault: Fault = { source: "probe", subject: "shop", text: "HTTP 500: bad setting" };

function remedy(name: string, helps: boolean): Action {
  return action({
    name,
    description: name,
    args: z.object({}),
    risk: "low",
    class: "idempotent",
    propose: () => [{}],
    apply: () => {
      if (helps) broken = false;
      return null;
    },
  });
}

test("uses another scope's solution only through a share, and makes it its own when it helps", async () => {
  const actions = [remedy("restart", false), remedy("restore", true)];
  const graph = healing({ actions, verify: () => !broken });
  const crew = plugin({ name: "crew", setup: (registrar) => actions.forEach((each) => registrar.action(each)) });
  const opened = (brain = await createBrain({ store: memoryStore(), graphs: [graph], plugins: [crew] }));
  const heal = async (scope: string): Promise<HealingResult | null> => {
    broken = true;
    const run = await opened.run(graph, { fault }, { scope });
    expect(await opened.replay({ run: run.id })).toMatchObject({ equal: true });
    return run.status === "completed" ? run.state.result : null;
  };
  const counters = async (id: string | null | undefined): Promise<unknown> =>
    (await opened.store.records([id ?? ""]))[0]?.counters;

  const there = await heal("shop");
  expect(there).toMatchObject({ source: "search", tries: 2 });
  // Nobody has allowed it: the bank finds the remedy by itself.
  expect(await heal("bank")).toMatchObject({ source: "search", tries: 2 });

  const { id } = await share(opened.store, { from: "shop", to: "mill", kinds: ["solution"], by: "A", reason: "same" });
  const here = await heal("mill");
  expect(here).toMatchObject({ source: "memory", tries: 1, remedy: { action: "restore" } });
  expect(await opened.store.records([here?.solution ?? ""])).toMatchObject([
    { record: { kind: "solution", scope: "mill" }, counters: { tries: 1, successes: 1 } },
  ]);
  // Neither tries nor successes are counted through the share.
  expect(await counters(there?.solution)).toMatchObject({ tries: 1, successes: 1 });

  await unshare(opened.store, id, { by: "A", reason: "no longer" });
  expect(await heal("mill")).toMatchObject({ source: "memory", tries: 1, solution: here?.solution });
  expect(await counters(here?.solution)).toMatchObject({ tries: 2, successes: 2 });
});
