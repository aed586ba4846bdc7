import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createBrain, stateOf, type Entry, type ModelRequest } from "@brainops/core";
import { agent, nodeTool, tool, type Tool } from "@brainops/core/agent";
import {
  faultyStore,
  memoryStore,
  nodeSuite,
  scriptedModel,
  type CommitFate,
  type ScriptedReply,
} from "@brainops/core/testing";
import { alone, calls, clerk, input } from "./fixture.ts";

const classes = ["pure", "idempotent", "compensatable"] as const;

/** A tool of each class, a helper with tools of its own, a failing tool and a misfit, all in one conversation. */
function world(): { readonly done: string[]; readonly node: ReturnType<typeof clerk> } {
  const done: string[] = [];
  const tools: Tool[] = classes.map((kind) =>
    tool({
      name: kind,
      description: kind,
      input: z.object({ n: z.number() }),
      class: kind,
      run: ({ n }, { key }) => {
        done.push(key);
        return n + 1;
      },
      undo: () => {},
    }),
  );
  const failing = tool({
    name: "failing",
    description: "fails",
    input: z.object({}),
    class: "idempotent",
    run: (_args, { key }) => {
      done.push(key);
      throw new Error("gone");
    },
  });
  const helper = agent({ name: "helper", instructions: "Help.", tools: [...tools, failing], input });
  return { done, node: clerk({ tools: [...tools, nodeTool(helper)], compaction: { tokens: 700 } }) };
}

const summarises = ({ request }: { request: { system?: string | undefined } }): boolean =>
  request.system?.startsWith("You shorten") === true;

/** What the model answers depends on what it is asked alone, so that a lost answer comes again as it was. */
function answer({ system, messages }: ModelRequest): ScriptedReply {
  if (summarises({ request: { system } })) return "It went well so far.";
  const turns = messages.filter(({ role }) => role === "tool").length;
  if (system?.startsWith("Help") === true)
    return turns === 0 ? calls(["failing", {}], ["compensatable", { n: 9 }]) : "helped";
  const told = JSON.stringify(messages).includes("It went well") ? 2 : 0;
  switch (turns + told) {
    case 0:
      return calls(["pure", { n: 1 }], ["idempotent", { n: 2 }], ["compensatable", { n: 3 }], ["pure", { n: "no" }]);
    case 1:
      return calls(["helper", { question: "a".repeat(900) }], ["helper", { question: "b" }], ["idempotent", { n: 4 }]);
    case 2:
      return calls(["pure", { n: 5 }]);
    default:
      return "done";
  }
}

async function run(
  fate: (index: number) => CommitFate,
): Promise<{ readonly commits: number; readonly crashed: boolean; readonly summarised: boolean }> {
  const disk = memoryStore();
  const { done, node } = world();
  const shop = alone(node);
  let commits = 0;
  const store = faultyStore(disk, (_commit, index) => {
    commits = index + 1;
    return fate(index);
  });
  const model = scriptedModel([answer]);
  const doomed = await createBrain({ store, model, graphs: [shop] });
  const running = doomed.run(shop, { question: "?" }, { id: "r" });
  running.catch(() => {});
  const end = await Promise.race([store.crashed.then(() => "crashed"), running.then(() => "ended")]);
  const brain = await createBrain({ store: disk, model: scriptedModel([answer]), graphs: [shop] });
  const begun = (await brain.runs()).length > 0;
  const finished = begun ? outcomes(await brain.journal("r")) : [];
  const result = begun ? await brain.resume("r") : await brain.run(shop, { question: "?" }, { id: "r" });
  expect(stateOf(result)).toMatchObject({ answer: "done" });
  const after = outcomes(await brain.journal("r"));
  expect(after.slice(0, finished.length)).toEqual(finished);
  expect(new Set(after).size).toBe(after.length);
  for (const key of done) {
    const call = key.slice(key.lastIndexOf("/") + 1);
    const times = done.filter((other) => other === key).length;
    expect(times).toBeLessThanOrEqual(finished.includes(call) ? 1 : 2);
  }
  expect(await brain.replay({ run: "r" })).toMatchObject({ equal: true, status: "completed" });
  await brain.close();
  return { commits, crashed: end === "crashed", summarised: model.calls.some(summarises) };
}

const outcomes = (entries: readonly Entry[]): string[] =>
  entries.flatMap((entry) => (entry.type === "effect-completed" ? [`${entry.call}`] : []));

describe("an agent whose process dies", () => {
  test.each(["crash-before", "crash-after"] as const)(
    "at any commit (%s) goes on, does nothing finished again, and replays",
    async (fate) => {
      const { commits, summarised } = await run(() => "ok");
      expect(summarised).toBe(true);
      expect(commits).toBeGreaterThan(12);
      let deaths = 0;
      for (let at = 0; at < commits; at++) {
        const { crashed } = await run((index) => (index === at ? fate : "ok"));
        deaths += crashed ? 1 : 0;
      }
      expect(deaths).toBeGreaterThanOrEqual(commits - 2);
    },
  );
});

test("an agent tried again takes what it has from the journal", async () => {
  const { done, node } = world();
  let down = true;
  const model = scriptedModel([
    (request) => {
      const reply = answer(request);
      if (reply !== "done" || !down) return reply;
      down = false;
      return { fail: { code: "overloaded" as const } };
    },
  ]);
  const shop = alone({ ...node, retry: { attempts: 2, backoffMs: 1 } });
  const brain = await createBrain({ store: memoryStore(), model, graphs: [shop] });
  expect(stateOf(await brain.run(shop, { question: "?" }, { id: "r" }))).toMatchObject({ answer: "done" });
  expect(new Set(done).size).toBe(done.length);
  expect(await brain.replay({ run: "r" }, shop)).toMatchObject({ equal: true });
  await brain.close();
});

nodeSuite(
  { describe, test },
  {
    create: () => ({ node: world().node, input: { question: "?" }, brain: { model: scriptedModel([answer]) } }),
    crashes: 3,
  },
);
