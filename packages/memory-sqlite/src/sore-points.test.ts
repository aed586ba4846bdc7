import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createBrain, END, graph, START, stateOf, type Brain } from "@brainops/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { sqlite } from "./index.ts";

// What users of other frameworks complain of, each as a test that bears its name. Starting a process is slow on a busy machine.
const patience = 60_000;
const key = new Uint8Array(32).fill(3);

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brainops-sore-"));
  file = join(folder, "brain.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function withBrain<T>(use: (brain: Brain) => Promise<T>): Promise<T> {
  const brain = await createBrain({ store: sqlite({ file, key }) });
  try {
    return await use(brain);
  } finally {
    await brain.close();
  }
}

/** A process with a Brain on the file; the graph takes three steps, and `say` tells the parent. */
function start(program: string): ChildProcess {
  const text = `
    import { writeSync } from "node:fs";
    import { createBrain, END, graph, START } from "@brainops/core";
    import { sqlite } from "@brainops/memory-sqlite";
    import { z } from "zod";
    const say = (value) => writeSync(1, JSON.stringify(value) + "\\n");
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const work = graph({ name: "work", state: z.object({ inputs: z.array(z.string()).default([]), n: z.number().default(0) }), maxSteps: 50 })
      .node("step", async ({ n }, ctx) => ({ n: await ctx.effect({ name: "add", class: "idempotent", input: n, run: () => pause(20).then(() => n + 1) }) }))
      .node("hear", async ({ inputs }, ctx) => ({ inputs: [...inputs, await ctx.signalled("say")] }))
      .edge(START, "step")
      .branch("step", ({ n }) => (n < 5 ? "step" : "hear"), ["step", "hear"])
      .branch("hear", ({ inputs }) => (inputs.length < 3 ? "hear" : END), ["hear", END])
      .build();
    const brain = await createBrain({ store: sqlite({ file: ${JSON.stringify(file)}, key: new Uint8Array(32).fill(3) }), graphs: [work] });
    ${program}
    await brain.close();`;
  return spawn(process.execPath, [...process.execArgv, "--input-type=module", "-e", text], {
    cwd: import.meta.dirname,
    stdio: ["pipe", "pipe", "inherit"],
  });
}

async function said(child: ChildProcess): Promise<unknown[]> {
  if (child.stdout === null) throw new Error("no stdout");
  const lines: unknown[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line));
  return lines;
}

test("growth: 800 steps that each add 1 KB take less than 3 MB", async () => {
  const appending = graph({
    name: "appending",
    state: z.object({ log: z.array(z.string()).default([]) }),
    reducers: { log: (log: string[], lines: string[]) => [...log, ...lines] },
    maxSteps: 800,
  })
    .node("add", (_, ctx) => ({ log: [String(ctx.visit).padEnd(1024, ".")] }))
    .edge(START, "add")
    .branch("add", ({ log }) => (log.length < 800 ? "add" : END), ["add", END])
    .build();
  await withBrain(async (brain) => {
    expect(stateOf(await brain.run(appending, {})).log).toHaveLength(800);
  });
  expect(statSync(file).size).toBeLessThan(3_000_000);
});

test(
  "four concurrent starts of one run: one wins, the rest get conflict, nothing is lost",
  { timeout: patience },
  async () => {
    const children = Array.from({ length: 4 }, () =>
      start(`
      say({ ready: true });
      await new Promise((resolve) => process.stdin.once("data", resolve));
      process.stdin.destroy();
      say(await brain.run(work, {}, { id: "r" }).then(({ status }) => status, ({ code }) => code));`),
    );
    const lines = children.map(said);
    // All begin at once, when the slowest has started.
    await Promise.all(children.map((child) => once(child.stdout as NodeJS.ReadableStream, "data")));
    for (const child of children) child.stdin?.write("go\n");
    const outcomes = (await Promise.all(lines)).map((each) => each.at(-1));
    expect(outcomes.map(String).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "conflict",
      "conflict",
      "conflict",
      "waiting",
    ]);
    await withBrain(async (brain) => {
      const journal = await brain.journal("r");
      expect(journal.filter(({ type }) => type === "run-started")).toHaveLength(1);
      expect(journal.filter(({ type }) => type === "effect-completed")).toHaveLength(5);
    });
  },
);

test(
  "four concurrent resumes of one run: one goes on, the rest get conflict or lose it, no effect is done twice",
  { timeout: patience },
  async () => {
    const first = start(`say((await brain.run(work, {}, { id: "r" })).status);`);
    expect(await said(first)).toEqual(["waiting"]);
    await withBrain(async (brain) => {
      for (const word of ["a", "b", "c"]) await brain.signal("r", "say", word);
    });
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const lines = await said(
          start(`say(await brain.resume("r").then(({ status }) => status, ({ code }) => code));`),
        );
        return lines.at(-1);
      }),
    );
    expect(outcomes).toContain("completed");
    for (const outcome of outcomes) expect(["completed", "conflict", "ownership_lost"]).toContain(outcome);
    await withBrain(async (brain) => {
      const journal = await brain.journal("r");
      expect(journal.at(-1)).toMatchObject({
        type: "run-completed",
        body: { state: { inputs: ["a", "b", "c"], n: 5 } },
      });
      expect(journal.filter(({ type }) => type === "effect-completed")).toHaveLength(5);
    });
  },
);

test(
  "signals that another process leaves while the owner works all arrive, in order",
  { timeout: patience },
  async () => {
    const owner = start(`
    brain.work({ pollMs: 50 });
    await brain.submit(work, {}, { id: "r" });
    say("begun");
    while ((await brain.runs())[0].status === "open") await pause(50);
    say((await brain.resume("r")).state.inputs);`);
    const lines = said(owner);
    await once(owner.stdout as NodeJS.ReadableStream, "data");
    await withBrain(async (brain) => {
      for (const word of ["a", "b", "c"]) await brain.signal("r", "say", word);
    });
    expect((await lines).at(-1)).toEqual(["a", "b", "c"]);
  },
);

test("a suspended branch beside finished ones: those are not done again, and the answer is not lost", async () => {
  let done = 0;
  const both = graph({ name: "both", state: z.object({ a: z.number().default(0), b: z.string().default("") }) })
    .node("start", () => ({}))
    .node("works", async (_, ctx) => ({
      a: await ctx.effect({ name: "do", class: "irreversible", run: () => Promise.resolve(++done) }),
    }))
    .node("asks", async (_, ctx) => ({ b: String(await ctx.ask({ text: "Go on?" })) }))
    .node("joined", ({ a, b }) => ({ b: `${b}${a}` }))
    .edge(START, "start")
    .edge("start", ["works", "asks"])
    .edge("works", "joined")
    .edge("asks", "joined")
    .edge("joined", END)
    .build();
  await withBrain(async (brain) => {
    const waiting = await brain.run(both, {}, { id: "r" });
    if (waiting.status !== "waiting") throw new Error(waiting.status);
    await brain.answer("r", waiting.questions[0]?.id ?? "", "yes");
  });
  await withBrain(async (brain) => {
    expect(stateOf(await brain.resume("r", both))).toEqual({ a: 1, b: "yes1" });
    await expect(brain.answer("r", "asks#0/0", "no")).rejects.toMatchObject({
      code: expect.stringMatching(/not_found|already_answered/) as string,
    });
  });
  expect(done).toBe(1);
});

test("abort in the middle of a stream: the call is cut off, the run has ended, nothing goes on", async () => {
  let cut = false;
  let parts = 0;
  const model = {
    name: "endless",
    generate: () => Promise.reject(new Error("Only streams.")),
    async *stream(_: unknown, { signal }: { signal?: AbortSignal } = {}) {
      try {
        for (;;) {
          parts++;
          yield { type: "text" as const, text: "x" };
          await new Promise((resolve) => setTimeout(resolve, 1));
          signal?.throwIfAborted();
        }
      } finally {
        cut = true;
      }
    },
  };
  const asks = graph({ name: "asks", state: z.object({ text: z.string().default("") }) })
    .node("ask", async (_, ctx) => ({
      text: (await ctx.generate({ messages: [{ role: "user", content: "Go on for ever." }] })).text,
    }))
    .edge(START, "ask")
    .edge("ask", END)
    .build();
  const brain = await createBrain({ store: sqlite({ file, key }), model });
  const stopping = new AbortController();
  let heard = 0;
  brain.on((event) => {
    if (event.type === "delta" && ++heard === 5) stopping.abort(new Error("enough"));
  });
  const result = await brain.run(asks, {}, { id: "r", signal: stopping.signal });
  expect(result).toMatchObject({ status: "aborted", reason: "enough" });
  expect(cut).toBe(true);
  const before = parts;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(parts).toBe(before);
  await expect(brain.resume("r", asks)).resolves.toMatchObject({ status: "aborted" });
  await brain.close();
});
