import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createBrain, stateOf, type Brain } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { goalOutcome, workforce, type Workforce, type WorkforceOptions } from "@brainops/nodes";
import { makeRepository, shopModel } from "./test-support/shop.ts";

let dir = "";
let repo = "";
let crew: Workforce;
let brain: Brain;
let model: ReturnType<typeof shopModel>;

function options(): WorkforceOptions {
  return {
    repo,
    home: join(dir, "home"),
    service: {
      name: "shop",
      command: ["node", "server.js"],
      canary: { requests: 40 },
      health: { timeoutMs: 1_000, withinMs: 15_000 },
      config: { from: "config.json", reload: "watch" },
      stopMs: 300,
    },
    tune: { parameters: [{ key: "delayMs", candidates: [1, 60] }], metric: { path: "/price" }, samples: 4 },
  };
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "brainops-workforce-"));
  repo = join(dir, "shop");
  await makeRepository(repo);
  crew = workforce(options());
  model = shopModel();
  brain = await createBrain({ store: memoryStore(), model, plugins: [crew] });
});
afterEach(async () => {
  await crew.service?.stop();
  await brain.close();
  await rm(dir, { recursive: true, force: true });
});

async function get(path: string): Promise<string> {
  return (await fetch(`${await crew.service?.url()}${path}`, { headers: { connection: "close" } })).text();
}

test("carries a goal through all six nodes, heals twice, and replays offline", async () => {
  const run = await brain.run(crew.goal, { goal: "Make the failing tests pass" });
  const state = stateOf(run);
  expect(goalOutcome(state)).toBe("done");
  expect(state.tests).toMatchObject({ passed: true, total: 2, failed: 0, command: ["node", "--test"] });
  expect(state.change).toMatchObject({ branch: `brainops/${run.id}`, commits: 1, files: ["price.js"] });
  expect(state.release).toMatchObject({ ok: true, rolledBack: false, previous: null });
  expect(state.rounds).toBe(1);

  // What was run is what counts: git has the commit, the release is served, the user's own files are untouched.
  expect(
    execFileSync("git", ["log", "-1", "--format=%s", state.change?.branch ?? ""], {
      cwd: repo,
      encoding: "utf8",
    }).trim(),
  ).toBe("Take the discount off");
  expect(execFileSync("git", ["status", "--porcelain"], { cwd: repo, encoding: "utf8" })).toBe("");
  expect(readFileSync(join(repo, "price.js"), "utf8")).toContain("amount + ");
  expect(await get("/price")).toBe("90");
  expect(JSON.parse(await get("/health"))).toMatchObject({ release: state.release?.id });

  // 30 ms of waiting against 1 ms is a gain that cannot be missed, 60 ms is none.
  expect(state.tuning?.trials.map(({ to, kept }) => ({ to, kept }))).toEqual([
    { to: 1, kept: true },
    { to: 60, kept: false },
  ]);
  expect(JSON.parse(readFileSync(crew.service?.config?.file ?? "", "utf8"))).toMatchObject({ delayMs: 1 });

  // The failing test is linked to what solved it, and that to the change, and that to the plan.
  const [error] = await brain.recall({ text: "takes the discount off", kinds: ["error"] });
  const [solved] = await brain.store.links(error?.record.id ?? "", { types: ["solved-by"] });
  const [derived] = await brain.store.links(solved?.to ?? "", { types: ["derived-from"] });
  expect(derived?.to).toBe(state.change?.record);
  expect((await brain.store.links(derived?.to ?? "", { types: ["derived-from"] })).map((link) => link.to)).toEqual([
    state.plan?.record,
  ]);

  // The plan is scored against what was thought.
  const [score] = await brain.recall({ text: "", kinds: ["experience"], tags: ["plan-score"] });
  expect(score?.record.data).toMatchObject({
    estimatedMs: state.plan?.estimate.thoughtMs,
    reached: true,
    rounds: 1,
    files: { foreseen: 1, changed: 1, both: 1 },
    withinAtMost: true,
  });
  expect(score?.record.data["tookMs"]).toBeGreaterThan(0);
  const scored = await brain.store.links(score?.record.id ?? "", { types: ["about"] });
  expect(scored.map(({ to }) => to)).toEqual([state.plan?.record]);

  // Broken twice in the same way: found by search, then in memory.
  const config = crew.service?.config?.file ?? "";
  const asked = model.requests.length;
  await writeFile(config, '{"discount":"much","delayMs":1}');
  const first = stateOf(await brain.run(crew.watch, {}));
  expect(first).toMatchObject({ fault: null, watch: { ok: true }, heals: 1 });
  expect(first.healing).toMatchObject({
    healed: true,
    source: "healer",
    tries: 1,
    modelCalls: 0,
    remedy: { action: "service.restore-config" },
  });
  await writeFile(config, '{"discount":"much","delayMs":1}');
  const second = stateOf(await brain.run(crew.watch, {}));
  expect(second.healing).toMatchObject({
    healed: true,
    source: "memory",
    tries: 1,
    modelCalls: 0,
    solution: first.healing?.solution,
  });
  expect(model.requests.length).toBe(asked);
  expect(await get("/price")).toBe("90");

  // A stuck process is another fault, with another remedy.
  process.kill((await crew.service?.pid()) ?? 0, "SIGSTOP");
  const stuck = stateOf(await brain.run(crew.watch, {}));
  expect(stuck.healing).toMatchObject({
    healed: true,
    source: "healer",
    tries: 1,
    remedy: { action: "service.restart" },
  });

  // All of it again from the journals alone: nothing of it is there any more.
  const journals = await Promise.all((await brain.runs()).map(({ id }) => brain.export(id)));
  expect(journals).toHaveLength(4);
  await crew.service?.stop();
  await rm(dir, { recursive: true, force: true });
  const elsewhere = await createBrain({
    store: memoryStore(),
    plugins: [workforce({ repo: "/nowhere", home: "/nowhere-either" })],
  });
  for (const journal of journals) expect(await elsewhere.replay({ journal })).toMatchObject({ equal: true });
  await elsewhere.close();
  expect(existsSync("/nowhere")).toBe(false);
}, 60_000);

test("goes back to the developer while tests fail, and stops when they keep failing", async () => {
  await brain.close();
  let rounds = 0;
  const { scripted } = await import("./test-support/script.ts");
  const { shopScript } = await import("./test-support/shop.ts");
  const stubborn = scripted((request, seen) => {
    if (request.output !== undefined || seen.results.length > 0) return shopScript(request, seen);
    rounds += 1;
    expect(seen.data("tests")).toContain("takes the discount off");
    return { text: "I think it is fine as it is." };
  });
  brain = await createBrain({ store: memoryStore(), model: stubborn, plugins: [crew] });
  const state = stateOf(await brain.run(crew.goal, { goal: "Make the tests pass" }));
  expect(goalOutcome(state)).toBe("tests-failed");
  expect(rounds).toBe(3);
  const [score] = await brain.recall({ text: "", kinds: ["experience"], tags: ["plan-score"] });
  expect(score?.record.data).toMatchObject({ reached: false, rounds: 3, files: { changed: 0, both: 0 } });
  expect(state.release).toBeNull();
  expect(await readdir(join(dir, "home"))).not.toContain("current");
});
