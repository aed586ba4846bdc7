import { action, createBrain, plugin, stateOf, type Action, type Brain, type Fault } from "@brainops/core";
import { faultTag, fingerprint, healing } from "@brainops/core/healing";
import { memoryStore } from "@brainops/core/testing";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";

let brain: Brain | undefined;
afterEach(async () => brain?.close());

const fault: Fault = { source: "probe", subject: "shop", text: "HTTP 500: bad setting" };

/** Helps; of high risk, and without a way back. */
function reset(world: { broken: boolean }): Action {
  return action({
    name: "service.reset",
    description: "Forgets everything",
    args: z.object({}),
    risk: "high",
    class: "idempotent",
    propose: () => [{}],
    apply: () => {
      world.broken = false;
      return null;
    },
  });
}

test("what is risky, cannot be taken back and is not proven here is proposed, or applied once a person says yes; then by itself", async () => {
  const world = { broken: true };
  const actions = [reset(world)];
  const verify = (): boolean => !world.broken;
  const [propose, ask] = [
    healing({ actions, verify }),
    healing({ actions, verify, name: "ask", escalate: "ask" }),
  ] as const;
  const crew = plugin({ name: "crew", setup: (registrar) => actions.forEach((each) => registrar.action(each)) });
  brain = await createBrain({ store: memoryStore(), graphs: [propose, ask], plugins: [crew] });

  const opened = brain;
  const proposed = await brain.run(propose, { fault });
  expect(stateOf(proposed).result).toMatchObject({ healed: false, escalated: true, tried: [{ outcome: "proposed" }] });
  expect(world.broken).toBe(true);

  const question = async (): Promise<{ readonly run: string; readonly id: string }> => {
    const asked = await opened.run(ask, { fault });
    if (asked.status !== "waiting") throw new Error("it is to ask");
    expect(asked.questions[0]?.text).toContain("Shall service.reset be applied?");
    return { run: asked.id, id: asked.questions[0]?.id ?? "" };
  };
  const refused = await question();
  await brain.answer(refused.run, refused.id, "leave it");
  expect(await brain.resume(refused.run, ask)).toMatchObject({ status: "waiting" });
  expect(world.broken).toBe(true);

  const allowed = await question();
  await brain.answer(allowed.run, allowed.id, "apply it");
  expect(stateOf(await brain.resume(allowed.run, ask)).result).toMatchObject({ healed: true, source: "search" });
  expect(await brain.replay({ run: allowed.run })).toMatchObject({ equal: true });

  world.broken = true;
  const again = await brain.run(propose, { fault });
  expect(stateOf(again).result).toMatchObject({ healed: true, source: "memory", tries: 1 });
  expect(await brain.replay({ run: again.id })).toMatchObject({ equal: true });
});

test.each([
  ["a text from outside", "outside", { escalated: true, tries: 0, solution: null }],
  ["a model", "model", { escalated: true, tries: 0 }],
  ["a person, though it has never helped", "person", { escalated: true, tries: 0 }],
] as const)("that something is a solution, as %s says, proves nothing", async (_who, trust, result) => {
  const world = { broken: true };
  // Nobody but memory thinks of it.
  const actions = [{ ...reset(world), propose: () => [] }];
  const mend = healing({ actions, verify: () => !world.broken });
  const crew = plugin({ name: "crew", setup: (registrar) => actions.forEach((each) => registrar.action(each)) });
  brain = await createBrain({ store: memoryStore(), graphs: [mend], plugins: [crew] });
  const print = fingerprint(fault);
  await brain.remember({
    kind: "solution",
    text: `${fault.text}\nHelped: service.reset {}`,
    data: {
      remedy: { action: "service.reset", args: {} },
      fingerprint: print,
      subject: fault.subject,
      pattern: fault.text,
    },
    tags: ["healing", faultTag(print), `subject:${fault.subject}`],
    trust,
  });
  expect(stateOf(await brain.run(mend, { fault })).result).toMatchObject(result);
  expect(world.broken).toBe(true);
});
