import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { action, createBrain, END, graph, plugin, START, type Brain } from "@brainops/core";
import { healing } from "@brainops/core/healing";
import { sqlite } from "@brainops/memory-sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { say } from "../test-support/in-process.ts";
import type { Figures } from "./report-figures.ts";

let folder: string;
let brain: Brain;
let broken: string;

const cure = (name: string) =>
  action({
    name,
    description: name,
    args: z.object({}),
    risk: "low",
    class: "idempotent",
    propose: () => [{}],
    apply: () => {
      if (broken === name) broken = "";
      return null;
    },
  });
const actions = [cure("restart"), cure("restore")];
const heal = healing({ actions, verify: () => broken === "" });
const ask = graph({ name: "ask", version: "1", state: z.object({}) })
  .node("ask", async (_state, ctx) => {
    await ctx.ask({ text: "May I?", options: ["yes", "no"] });
    return {};
  })
  .edge(START, "ask")
  .edge("ask", END)
  .build();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainops-report-"));
  brain = await createBrain({
    store: sqlite({ file: join(folder, ".brainops", "memory.db") }),
    graphs: [heal, ask],
    plugins: [plugin({ name: "cures", setup: (registrar) => actions.forEach((each) => registrar.action(each)) })],
  });
});
afterEach(async () => {
  await brain.close();
  await rm(folder, { recursive: true, force: true });
});

async function report(...more: string[]): Promise<Figures> {
  const { code, stdout } = await say(["report", "--json", ...more], { cwd: folder });
  expect(code).toBe(0);
  return JSON.parse(stdout) as Figures;
}

async function breaks(by: string, text: string): Promise<void> {
  broken = by;
  await brain.run(heal, { fault: { source: "probe", subject: "shop", text } });
}

test("says what failed, what was tried, what worked, and what was learnt", async () => {
  expect((await report()).measures).toEqual({
    fixRate: null,
    timeToRepairMs: null,
    learningRate: null,
    withoutHuman: null,
  });
  await breaks("restore", "HTTP 500: bad setting");
  expect(await report()).toMatchObject({
    runs: { all: 1, completed: 1, failed: 0, aborted: 0, open: 0 },
    faults: [
      {
        fault: "HTTP 500: bad setting",
        healed: true,
        source: "search",
        action: "restore",
        tried: [
          { action: "restart", outcome: "failed" },
          { action: "restore", outcome: "healed" },
        ],
      },
    ],
    learnt: [{ kind: "solution", usedAgain: false }],
    measures: { fixRate: 1, learningRate: 0, withoutHuman: 1 },
    cost: { modelCalls: 0, inputTokens: 0, outputTokens: 0, usd: 0 },
  });

  // The same again comes from memory: what was learnt was used. Another kind finds no cure.
  await breaks("restore", "HTTP 500: bad setting");
  await breaks("nothing helps", "no answer within 1000 ms");
  const waiting = await brain.run(ask, {});
  const [question] = waiting.status === "waiting" ? waiting.questions : [];
  await brain.answer(waiting.id, question?.id ?? "", "yes");
  await brain.resume(waiting.id, "ask");
  const { measures, runs, faults, learnt } = await report("--since", "1h");
  expect(runs).toMatchObject({ all: 4, completed: 4 });
  expect(faults.filter(({ healed }) => !healed)).toMatchObject([{ fault: "no answer within 1000 ms", action: null }]);
  expect(learnt).toMatchObject([{ kind: "solution", usedAgain: true }]);
  expect(measures.fixRate).toBeCloseTo(2 / 3);
  expect(measures.learningRate).toBe(1);
  // Two, one and two remedies by itself; one answer of a person.
  expect(measures.withoutHuman).toBeCloseTo(5 / 6);
  expect(measures.timeToRepairMs?.longest).toBeGreaterThanOrEqual(measures.timeToRepairMs?.median ?? Infinity);
});

test("leaves out what was before, and tells people in words", async () => {
  await breaks("restart", "HTTP 500: bad setting");
  expect(await report("--since", "0m")).toMatchObject({ runs: { all: 0 }, faults: [], learnt: [] });
  const { stdout } = await say(["report"], { cwd: folder });
  expect(stdout).toMatch(/HTTP 500: bad setting: healed by restart from search/);
  expect(stdout).toMatch(/Fix rate +100 %/);
  expect((await say(["report", "--since", "soon"], { cwd: folder })).code).toBe(2);
});
