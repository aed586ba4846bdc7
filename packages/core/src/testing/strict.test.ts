import { execFile, execFileSync, spawn } from "node:child_process";
import crypto, { getRandomValues, randomBytes, randomFillSync, randomInt, randomUUID } from "node:crypto";
import dns from "node:dns/promises";
import fs, { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import http, { request } from "node:http";
import { get } from "node:https";
import { createRequire } from "node:module";
import { connect } from "node:net";
import os from "node:os";
import { performance as measured } from "node:perf_hooks";
import process, { hrtime } from "node:process";
import { setTimeout as nodeTimer } from "node:timers";
import { scheduler, setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, START, stateOf, type NodeContext } from "../index.ts";
import { memoryStore, strictly } from "./index.ts";

const file = import.meta.filename;

const of = (run: (ctx: NodeContext) => unknown) =>
  graph({ name: "g", state: z.object({ n: z.number().default(0) }) })
    .node("look", async (_, ctx) => ({ n: Number(await run(ctx)) || 1 }))
    .edge(START, "look")
    .edge("look", END)
    .build();

async function told(checked: Parameters<typeof strictly>[0]): Promise<string> {
  const brain = await createBrain({ store: memoryStore() });
  const result = await brain.run(strictly(checked), {});
  await brain.close();
  return result.status === "failed" ? `${result.error.code}: ${result.error.message}` : result.status;
}

// Taken before anything is watched, as a module may do.
const wasSetTimeout = setTimeout;
const wasReadFile = readFile;
const wasExecFile = execFile;
const wasConnect = connect;
const wasRandomBytes = randomBytes;

describe("a strict node", () => {
  test.each<[string, (ctx: NodeContext) => unknown]>([
    ["Date.now", () => Date.now()],
    ["new Date()", () => new Date().getTime()],
    ["Date()", () => Date()],
    ["performance.now", () => performance.now()],
    ["performance.now", () => measured.now()],
    ["process.hrtime", () => process.hrtime()],
    ["process.hrtime", () => hrtime()],
    ["process.hrtime.bigint", () => process.hrtime.bigint()],
    ["process.uptime", () => process.uptime()],
    ["Math.random", () => Math.random()],
    ["crypto.randomUUID", () => globalThis.crypto.randomUUID()],
    ["crypto.getRandomValues", () => globalThis.crypto.getRandomValues(new Uint8Array(1))],
    ["crypto.randomUUID", () => randomUUID()],
    ["crypto.randomBytes", () => randomBytes(4)],
    ["crypto.randomBytes", () => crypto.randomBytes(4)],
    ["crypto.randomInt", () => randomInt(4)],
    ["crypto.randomFillSync", () => randomFillSync(new Uint8Array(1))],
    ["crypto.getRandomValues", () => getRandomValues(new Uint8Array(1))],
    ["crypto.generateKeyPairSync", () => crypto.generateKeyPairSync("ed25519")],
    ["setTimeout", () => new Promise((resolve) => setTimeout(resolve, 1))],
    ["setInterval", () => setInterval(() => {}, 1)],
    ["setImmediate", () => new Promise((resolve) => setImmediate(resolve))],
    ["timers.setTimeout", () => new Promise((resolve) => nodeTimer(resolve, 1))],
    ["timers/promises.setTimeout", () => delay(1)],
    ["timers/promises.setTimeout", () => promisify(setTimeout)(1)],
    ["scheduler.wait", () => scheduler.wait(1)],
    ["AbortSignal.timeout", () => AbortSignal.timeout(1)],
    ["fs.readFileSync", () => readFileSync(file)],
    ["fs.readFileSync", () => fs.readFileSync(file)],
    ["fs.existsSync", () => fs.existsSync(file)],
    ["fs.readFile", () => promisify(fs.readFile)(file)],
    ["fs.promises.readFile", () => readFile(file)],
    ["fs.promises.readFile", () => fs.promises.readFile(file)],
    ["fs.promises.writeFile", () => writeFile("/nowhere/at/all", "")],
    ["fs.createReadStream", () => fs.createReadStream(file)],
    ["child_process.execFileSync", () => execFileSync(process.execPath, ["--version"])],
    ["child_process.execFile", () => promisify(execFile)(process.execPath, ["--version"])],
    ["child_process.spawn", () => spawn(process.execPath, ["--version"])],
    ["fetch", () => fetch("http://127.0.0.1:1")],
    ["http.request", () => request("http://127.0.0.1:1")],
    ["http.get", () => http.get("http://127.0.0.1:1")],
    ["https.get", () => get("https://127.0.0.1:1")],
    ["net.connect", () => connect(1, "127.0.0.1")],
    ["dns.promises.lookup", () => dns.lookup("localhost")],
    ["new WebSocket", () => new WebSocket("ws://127.0.0.1:1")],
    ["os.freemem", () => os.freemem()],
  ])("that reaches %s by itself is told so, with the line", async (culprit, run) => {
    expect(await told(of(run))).toMatch(
      new RegExp(
        `^nondeterministic: The node 'look' reached ${culprit.replaceAll(/[.()]/g, "\\$&")} at .*strict\\.test\\.ts:\\d+:\\d+\\)?; use .*ctx\\.`,
      ),
    );
  });

  test("is told the very line", async () => {
    const line = Number(/strict\.test\.ts:(\d+)/.exec(new Error("here").stack ?? "")?.[1]);
    expect(await told(of(() => randomBytes(1)))).toContain(`strict.test.ts:${line + 1}:`);
  });

  test.each<[string, (ctx: NodeContext) => unknown]>([
    ["a timer", () => new Promise((resolve) => wasSetTimeout(resolve, 1))],
    ["a file", () => wasReadFile(file)],
    ["a process", () => promisify(wasExecFile)(process.execPath, ["--version"])],
    ["the network", () => new Promise((_, fail) => wasConnect(1, "127.0.0.1").once("error", fail))],
    ["chance", () => promisify(wasRandomBytes)(4)],
  ])("that reaches %s by a function taken before is told so, with the line", async (culprit, run) => {
    expect(await told(of(run))).toMatch(
      new RegExp(
        `^nondeterministic: The node 'look' reached ${culprit} at .*strict\\.test\\.ts:\\d+:\\d+\\)?; use ctx\\.`,
      ),
    );
  });

  test("that waits for something else than its own calls is found", async () => {
    const never = of(() => new Promise(() => {}));
    expect(await told(never)).toMatch(/^nondeterministic: The node 'look' reached something outside of the ledger/);
  });

  test("cannot hide what it reached by catching the error", async () => {
    const hides = of(async () => {
      try {
        return readFileSync("/no/settings").length;
      } catch {
        return 5;
      }
    });
    expect(await told(hides)).toMatch(/^nondeterministic: The node 'look' reached fs\.readFileSync at /);
  });

  test("may do all that inside of an effect, and all that the context offers", async () => {
    const good = of(async (ctx) => {
      const both = await Promise.all([
        ctx.effect({ name: "time", class: "pure", run: () => Date.now() + Math.random() + randomBytes(1).length }),
        ctx.effect({
          name: "wait",
          class: "idempotent",
          run: async () => {
            await delay(1);
            return (await readFile(file, "utf8")).length;
          },
        }),
      ]);
      await ctx.sleep(1);
      await ctx.recall("nothing");
      ctx.remember({ kind: "experience", text: ctx.id() });
      return ctx.random() < 1 && ctx.now() > new Date(0).getTime() ? both.length : 0;
    });
    const brain = await createBrain({ store: memoryStore() });
    const result = await brain.run(strictly(good), {}, { id: "r" });
    expect(stateOf(result).n).toBe(2);
    // It is the same graph: its journal replays with and without.
    expect(await brain.replay({ run: "r" }, good)).toMatchObject({ equal: true });
    expect(await brain.replay({ run: "r" }, strictly(good))).toMatchObject({ equal: true });
    await brain.close();
  });

  test("may use what varies not: dates of a time, zod, code that is loaded, what it shows", async () => {
    const good = of(() => {
      const at = z.union([z.iso.datetime(), z.date()]).parse(new Date(0));
      const { version } = createRequire(import.meta.url)("zod/package.json") as { readonly version: string };
      process.stdout.write("");
      const digest = crypto.createHash("sha256").update(version).digest("hex");
      return new Date(at).constructor === Date && digest.length === 64 ? structuredClone([1]).length : 0;
    });
    expect(await told(good)).toBe("completed");
  });
});

describe("strict mode", () => {
  test("holds edges, reducers and what leads to subgraphs to the same", async () => {
    const state = z.object({ n: z.number().default(0) });
    const one = () => ({ n: 1 });
    const reducing = graph({ name: "g", state, reducers: { n: (a, b: number) => a + b + Math.random() } });
    const inner = graph({ name: "inner", state }).node("a", one).edge(START, "a").edge("a", END).build();
    const cases = {
      "The reducer of 'n'": reducing.node("a", one).edge(START, "a").edge("a", END).build(),
      "The edge from 'a'": graph({ name: "g", state })
        .node("a", one)
        .edge(START, "a")
        .branch("a", () => (Math.random() < 2 ? END : END), [END])
        .build(),
      "What leads to 'b'": graph({ name: "g", state })
        .graph("b", inner, { input: () => ({ n: Math.random() }), output: one })
        .edge(START, "b")
        .edge("b", END)
        .build(),
    };
    for (const [who, checked] of Object.entries(cases))
      expect(await told(checked)).toMatch(new RegExp(`^nondeterministic: ${who} reached Math\\.random at .*strict`));
  });

  test("leaves everything as it was", async () => {
    const before = [Date, Math.random, setTimeout, fs.readFileSync, crypto.randomBytes, Date.prototype.constructor];
    const own = Object.getOwnPropertyDescriptors(globalThis.crypto);
    await told(of(() => Date.now()));
    await told(of(() => 1));
    expect([Date, Math.random, setTimeout, fs.readFileSync, crypto.randomBytes, Date.prototype.constructor]).toEqual(
      before,
    );
    expect(Object.getOwnPropertyDescriptors(globalThis.crypto)).toEqual(own);
    expect(readFileSync).toBe(before[3]);
  });

  test("does not look again and again while a node waits: its process could never end", async () => {
    const waiting = of((ctx) => ctx.signalled("never"));
    expect(await told(waiting)).toBe("waiting");
    const asked = vi.spyOn(globalThis, "setImmediate");
    await delay(20);
    expect(asked.mock.calls.length).toBeLessThan(10);
    asked.mockRestore();
  });

  test("minds only strict nodes, beside other code and other runs", async ({ task }) => {
    task.meta.parts = "a node asks the clock";
    const brain = await createBrain({ store: memoryStore() });
    let reading = true;
    const beside = (async () => {
      for (; reading; await delay(1))
        expect([Date.now() > 0, Math.random() < 1, readFileSync(file).length > 0]).toEqual([true, true, true]);
    })();
    const lax = graph({ name: "lax", state: z.object({ n: z.number().default(0) }) })
      .node("look", () => ({ n: Date.now() }))
      .edge(START, "look")
      .edge("look", END)
      .build();
    const slow = of((ctx) => ctx.effect({ name: "slow", class: "pure", run: () => delay(20, 1) }));
    const runs = Array.from({ length: 12 }, (_, index) =>
      brain.run(index % 3 === 0 ? strictly(of(() => Math.random())) : index % 3 === 1 ? strictly(slow) : lax, {}),
    );
    const ends = (await Promise.all(runs)).map(({ status }) => status);
    expect(ends).toEqual(ends.map((_, index) => (index % 3 === 0 ? "failed" : "completed")));
    reading = false;
    await beside;
    await brain.close();
  });

  test("sees named imports of a program that runs without a bundler", () => {
    const program = fileURLToPath(new URL("strict-program.fixture.ts", import.meta.url));
    const args = ["--conditions=@brainops/source", "--disable-warning=ExperimentalWarning", program];
    const lines = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", stdio: "pipe" })) as string[];
    expect(lines).toEqual([
      expect.stringMatching(/reached crypto\.randomBytes at .*strict-program\.fixture\.ts:12:/),
      expect.stringMatching(/reached fs\.readFileSync at .*strict-program\.fixture\.ts:13:/),
      expect.stringMatching(/reached timers\/promises\.setTimeout at .*strict-program\.fixture\.ts:14:/),
      expect.stringMatching(/reached fs\.promises\.readFile at .*strict-program\.fixture\.ts:15:/),
      "completed",
    ]);
  });
});
