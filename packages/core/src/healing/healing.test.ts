import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  action,
  createBrain,
  plugin,
  stateOf,
  type Action,
  type Brain,
  type Fault,
  type Guard,
  type Healer,
  type Model,
} from "@brainops/core";
import { healing, type HealingOptions, type HealingResult } from "@brainops/core/healing";
import { memoryStore } from "@brainops/core/testing";
import { z } from "zod";

/** A world with one broken thing, and three ways to change it. */
interface World {
  broken: "config" | "stuck" | "none";
  readonly done: string[];
}

let world: World;
let brain: Brain | undefined;
beforeEach(() => {
  world = { broken: "config", done: [] };
});
afterEach(async () => {
  await brain?.close();
  brain = undefined;
});

const fault: Fault = { source: "probe", subject: "shop", text: "HTTP 500: bad setting at 10:00:00" };

function fixes(name: string, what: World["broken"], risk: "low" | "high"): Action {
  return action({
    name,
    description: name,
    args: z.object({ service: z.string() }),
    risk,
    class: "idempotent",
    propose: (seen) => (seen.subject === "shop" ? [{ service: "shop" }] : []),
    apply: () => {
      world.done.push(name);
      const before = world.broken;
      if (world.broken === what) world.broken = "none";
      return { before };
    },
    undo: () => {
      world.done.push(`undo ${name}`);
    },
  });
}

async function open(
  options: Partial<HealingOptions> = {},
  more: { guards?: Guard[]; model?: Model } = {},
): Promise<(given?: Fault) => Promise<HealingResult>> {
  const actions = options.actions ?? [
    fixes("service.restore-config", "config", "high"),
    fixes("service.restart", "stuck", "low"),
  ];
  const graph = healing({ verify: () => world.broken === "none", ...options, actions });
  brain = await createBrain({
    store: memoryStore(),
    ...(more.model === undefined ? {} : { model: more.model }),
    graphs: [graph],
    plugins: [
      plugin({
        name: "crew",
        setup: (registrar) => {
          for (const each of actions) registrar.action(each);
          for (const guard of more.guards ?? []) registrar.guard(guard);
        },
      }),
    ],
  });
  const opened = brain;
  return async (given = fault) => {
    const run = await opened.run(graph, { fault: given });
    expect(run).toMatchObject({ status: "completed" });
    expect(await opened.replay({ run: run.id })).toMatchObject({ equal: true });
    const { result } = stateOf(run);
    if (result === null) throw new Error("a completed run of healing has a result");
    return result;
  };
}

describe("healing", () => {
  test("finds the remedy by search the first time, and in memory the second", async () => {
    const heal = await open();
    const first = await heal();
    expect(first).toMatchObject({
      healed: true,
      source: "search",
      tries: 2,
      modelCalls: 0,
      remedy: { action: "service.restore-config" },
      escalated: false,
    });
    expect(first.tried.map(({ outcome, undone }) => ({ outcome, undone }))).toEqual([
      { outcome: "failed", undone: true },
      { outcome: "healed", undone: false },
    ]);
    expect(world.done).toEqual(["service.restart", "undo service.restart", "service.restore-config"]);

    world = { broken: "config", done: [] };
    const second = await heal({ ...fault, text: "HTTP 500: bad setting at 23:59:59" });
    expect(second).toMatchObject({
      healed: true,
      source: "memory",
      tries: 1,
      modelCalls: 0,
      solution: first.solution,
      error: first.error,
    });
    expect(world.done).toEqual(["service.restore-config"]);

    const [solution] = (await brain?.store.records([second.solution ?? ""])) ?? [];
    expect(solution).toMatchObject({
      record: { kind: "solution", trust: "test" },
      counters: { tries: 2, successes: 2 },
    });
    const [error] = (await brain?.store.records([first.error])) ?? [];
    expect(error).toMatchObject({ record: { kind: "error", fingerprint: first.fingerprint }, counters: { tries: 2 } });
    expect(await brain?.store.links(first.error, { types: ["solved-by"] })).toEqual([
      expect.objectContaining({ from: first.error, to: first.solution, type: "solved-by" }),
    ]);
  });

  test("tells two faults that sound alike apart by their circumstances, and remembers what does not help under them", async () => {
    const heal = await open();
    const config: Fault = { ...fault, circumstances: { process: "running", configuration: "changed" } };
    const stuck: Fault = { ...fault, circumstances: { process: "running", configuration: "as when last well" } };
    const breaks = async (broken: World["broken"], given: Fault): Promise<HealingResult> => {
      world = { broken, done: [] };
      return heal(given);
    };
    const first = await breaks("config", config);
    expect(first).toMatchObject({ healed: true, source: "search", tries: 2 });
    // The only known solution is borrowed; it does not help here, and that is learnt and not counted against it.
    const other = await breaks("stuck", stuck);
    expect(other).toMatchObject({ healed: true, source: "search", fingerprint: first.fingerprint, tries: 2 });
    expect(other.tried[0]).toMatchObject({ solution: first.solution, borrowed: true, outcome: "failed" });
    const [kept] = (await brain?.store.records([first.solution ?? ""])) ?? [];
    expect(kept?.counters).toMatchObject({ tries: 1, successes: 1 });
    for (let i = 0; i < 2; i++) {
      expect(await breaks("config", config)).toMatchObject({ source: "memory", tries: 1, solution: first.solution });
      expect(await breaks("stuck", stuck)).toMatchObject({ source: "memory", tries: 1, solution: other.solution });
    }
    // Under the third circumstances both are tried, the one first that agrees with more of them.
    const third: Fault = { ...fault, circumstances: { process: "gone", configuration: "changed" } };
    expect(await breaks("config", third)).toMatchObject({ source: "memory", tries: 1 });
  });

  test("only proposes when nothing is to be changed: what would be tried, in order", async () => {
    const heal = await open({ mode: "propose" });
    const seen = await heal();
    expect(seen).toMatchObject({ healed: false, escalated: true, tries: 0, solution: null });
    expect(seen.tried.map(({ outcome, remedy }) => [outcome, remedy.action])).toEqual([
      ["proposed", "service.restart"],
      ["proposed", "service.restore-config"],
    ]);
    expect(world).toEqual({ broken: "config", done: [] });
  });

  test("leaves what comes back again and again to a person", async () => {
    const heal = await open({ intensity: { times: 2, withinMs: 3_600_000 } });
    for (let i = 0; i < 2; i++) {
      world = { broken: "config", done: [] };
      expect(await heal()).toMatchObject({ healed: true });
    }
    world = { broken: "config", done: [] };
    expect(await heal()).toMatchObject({ healed: false, escalated: true, tries: 0 });
    expect(world.done).toEqual([]);
    world = { broken: "stuck", done: [] };
    const other = { ...fault, subject: "stock" };
    expect(await heal(other)).toMatchObject({ escalated: true, tried: [] });
  });

  test("does not take one fault's solution for another's", async () => {
    const heal = await open();
    await heal();
    world = { broken: "stuck", done: [] };
    const other = await heal({ ...fault, text: "no answer within 1000 ms" });
    expect(other).toMatchObject({ healed: true, source: "search", tries: 1, remedy: { action: "service.restart" } });
  });

  test("tries a solution of a similar fault of the same subject, and learns it for this one", async () => {
    const heal = await open();
    const first = await heal({ ...fault, text: "HTTP 500: the value of cache.size is bad in this file" });
    world = { broken: "config", done: [] };
    const alike = { ...fault, text: "HTTP 500: the value of cache.ttl is bad in this file" };
    expect(await heal(alike)).toMatchObject({
      source: "memory",
      tries: 1,
      fingerprint: expect.not.stringMatching(first.fingerprint),
    });
    world = { broken: "config", done: [] };
    expect(await heal(alike)).toMatchObject({
      source: "memory",
      tries: 1,
      solution: expect.not.stringMatching(first.solution ?? "?"),
    });
  });

  test("retires a solution that keeps failing, and says what it tried", async () => {
    const heal = await open({ actions: [fixes("service.restore-config", "config", "high")] });
    await heal();
    const hopeless = async (): Promise<HealingResult> => {
      world = { broken: "stuck", done: [] };
      return heal();
    };
    expect(await hopeless()).toMatchObject({
      healed: false,
      escalated: true,
      tries: 1,
      source: null,
      tried: [{ source: "memory", outcome: "failed", undone: true }],
    });
    await hopeless();
    // One success in three tries: from now on it is found by search only.
    expect(await hopeless()).toMatchObject({ healed: false, tried: [{ source: "search" }] });
    expect(await brain?.recall({ text: "could not be healed", kinds: ["experience"] })).not.toEqual([]);
  });

  test("asks healers after memory and before the search, and counts their model calls", async () => {
    const model: Model = {
      name: "script",
      generate: async () => ({
        text: "restore",
        toolCalls: [],
        reasoning: [],
        message: { role: "assistant", content: "restore" },
        finishReason: "stop",
        usage: { inputTokens: 1, outputTokens: 1 },
        model: { name: "script", id: "script" },
      }),
      stream: () => {
        throw new Error("not streamed here");
      },
    };
    const broken: Healer = {
      name: "broken",
      remedies: () => {
        throw new Error("no idea");
      },
    };
    const asking: Healer = {
      name: "asking",
      remedies: async (seen, ctx) => {
        const { text } = await ctx.generate({ messages: [{ role: "user", content: seen.text }] });
        return [{ action: `service.${text}-config`, args: { service: "shop" } }];
      },
    };
    const heal = await open({ healers: [broken, asking] }, { model });
    expect(await heal()).toMatchObject({ healed: true, source: "healer", tries: 1, modelCalls: 1 });
    world = { broken: "config", done: [] };
    expect(await heal()).toMatchObject({ healed: true, source: "memory", tries: 1, modelCalls: 0 });
  });

  test("passes over what a guard denies", async () => {
    const guard: Guard = {
      name: "careful",
      check: (request) =>
        request.name === "action.service.restart" ? { verdict: "deny", reason: "not now" } : { verdict: "allow" },
    };
    const heal = await open({}, { guards: [guard] });
    expect(await heal()).toMatchObject({
      healed: true,
      tries: 1,
      tried: [{ outcome: "denied" }, { outcome: "healed" }],
    });
    expect(world.done).toEqual(["service.restore-config"]);
  });

  test("does not blame a failing check on the run, and bounds its tries", async () => {
    const actions = Array.from({ length: 9 }, (_, i) => fixes(`a${i}`, "stuck", "low"));
    const heal = await open({
      actions,
      maxTries: 4,
      verify: () => {
        throw new Error("probe broke");
      },
    });
    const result = await heal();
    expect(result).toMatchObject({ healed: false, tries: 4, escalated: true });
    expect(result.tried[0]?.detail).toContain("probe broke");
  });

  test("asks a person when nothing helps and that is wanted", async () => {
    const graph = healing({ actions: [], escalate: "ask" });
    brain = await createBrain({ store: memoryStore(), graphs: [graph] });
    const run = await brain.run(graph, { fault });
    expect(run).toMatchObject({
      status: "waiting",
      questions: [{ text: expect.stringContaining("could not be healed") }],
    });
    const [question] = run.status === "waiting" ? run.questions : [];
    await brain.answer(run.id, question?.id ?? "", "Leave it");
    expect(await brain.resume(run.id, "heal")).toMatchObject({
      status: "completed",
      state: { result: { escalated: true, healed: false, tries: 0 } },
    });
  });
});
