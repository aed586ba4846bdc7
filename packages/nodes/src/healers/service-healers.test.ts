import { existsSync, statSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createBrain, stateOf, type Brain, type Fault } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { workforce, type WatchState, type Workforce } from "@brainops/nodes";
import { makeRepository } from "../test-support/shop.ts";

/** Needs LIMIT to be as high as the file `need` says, an upstream that is not named in `down`, and little log. */
const server = `
const { createServer } = require("node:http");
const { existsSync, readFileSync, rmSync, statSync, writeFileSync } = require("node:fs");
const world = process.env.WORLD;
const said = (file) => (existsSync(world + file) ? readFileSync(world + file, "utf8") : "");
createServer((request, response) => {
  const { upstream } = JSON.parse(readFileSync(process.env.CONFIG, "utf8"));
  const wrong =
    Number(process.env.LIMIT) < Number(said("need") || 0) ? "out of memory"
    : said("down").split(",").includes(upstream) ? "the upstream is unreachable"
    : existsSync(world + "big.log") && statSync(world + "big.log").size > 1000 ? "ENOSPC: no space left on device"
    : said("shaky") !== "" ? "read ECONNRESET" : "";
  // So many answers fail yet.
  const left = Number(said("shaky")) - 1;
  if (wrong !== "read ECONNRESET") {}
  else if (left > 0) writeFileSync(world + "shaky", String(left));
  else rmSync(world + "shaky");
  response.writeHead(wrong === "" ? 200 : 500).end(wrong || upstream);
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

let dir = "";
let world = "";
let crew: Workforce;
let brain: Brain;
let mended: string[] = [];
/** A service at work, with a workforce that gives it so long to get well. */
async function begin(withinMs: number): Promise<void> {
  dir = await mkdtemp(join(tmpdir(), "brainops-healers-"));
  world = join(dir, "world-");
  mended = [];
  await makeRepository(join(dir, "shop"), { "server.js": server, "config.json": '{"upstream":"first"}' });
  crew = workforce({
    repo: join(dir, "shop"),
    home: join(dir, "home"),
    service: {
      name: "web",
      command: [process.execPath, "server.js"],
      env: { WORLD: world },
      config: { from: "config.json", reload: "watch" },
      health: { timeoutMs: 10_000, withinMs },
      stopMs: 200,
      limits: [{ env: "LIMIT", steps: ["1", "2", "3"] }],
      dependencies: [{ name: "upstream", key: "upstream", fallbacks: ["second", "third"], backAfterMs: 300 }],
      logs: [`${world}big.log`],
    },
    mend: ({ goal }) => {
      mended.push(goal);
      return Promise.resolve(true);
    },
  });
  brain = await createBrain({ store: memoryStore(), plugins: [crew] });
  const { service } = crew;
  await service?.releases.switchTo(await service.releases.make("HEAD"));
  await service?.start("first");
  await expect.poll(async () => (await service?.waitHealthy())?.ok).toBe(true);
  await service?.keepGood();
}
beforeEach(() => begin(15_000));
async function end(): Promise<void> {
  await brain.close();
  await crew.service?.stop();
  await rm(dir, { recursive: true, force: true });
}
afterEach(end);

async function watch(): Promise<WatchState> {
  return stateOf(await brain.run(crew.watch, {}));
}

async function heal(fault: Fault): Promise<unknown> {
  return stateOf(await brain.run(crew.heal, { fault })).result;
}

const healedBy = (action: string, tries = 1): object => ({
  fault: null,
  healing: { healed: true, source: "healer", tries, remedy: { action } },
});

test("an exhausted resource gets the next step, as many as it takes", async () => {
  await writeFile(`${world}need`, "2");
  expect(await watch()).toMatchObject(healedBy("service.raise-limit"));
  expect(await crew.service?.limits.environment()).toEqual({ LIMIT: "2" });
});

test("a dependency that is down is fallen back from, and returned to once it is there again", async () => {
  await end();
  // For so long it is waited for whether the first is there again.
  await begin(2_000);
  const upstream = async (): Promise<unknown> => (await crew.service?.config?.read())?.["upstream"];
  await writeFile(`${world}down`, "first");
  await watch();
  expect(await upstream()).toBe("second");
  // While the first is down, the breaker stays open after it was tried.
  await setTimeout(300);
  expect(await watch()).toMatchObject(healedBy("dependency.return"));
  expect(await upstream()).toBe("second");
  await writeFile(`${world}down`, "");
  await setTimeout(300);
  expect(await watch()).toMatchObject({ fault: null });
  expect(await upstream()).toBe("first");
});

test("a full disk is given room: the log is cut in place, and its end is kept", async () => {
  await writeFile(`${world}big.log`, `${"x".repeat(2_000)}the end`);
  expect(await watch()).toMatchObject(healedBy("log.rotate"));
  expect(statSync(`${world}big.log`).size).toBe(0);
  expect(await readFile(`${world}big.log.1`, "utf8")).toMatch(/the end$/);
});

test("what passes by itself is waited for; a process that is gone is started again", async () => {
  await writeFile(`${world}shaky`, "3");
  expect(await watch()).toMatchObject(healedBy("fault.wait"));
  expect(existsSync(`${world}shaky`)).toBe(false);
  process.kill((await crew.service?.pid()) ?? 0, "SIGKILL");
  expect(await watch()).toMatchObject(healedBy("service.restart"));
  // Stopped on purpose, it rests.
  await crew.service?.stop();
  expect(await watch()).toMatchObject({ fault: null, heals: 0 });
});

test("what is broken in the code goes to the Developer; a model's failure is nobody's to verify", async () => {
  const text = "FAILED cart.test.js: expected 3, found 4";
  expect(await heal({ source: "error", subject: "code of shop", text })).toMatchObject({
    healed: true,
    source: "healer",
    remedy: { action: "work.mend" },
  });
  expect(mended).toEqual([`Mend what is broken in the code: ${text}`]);
  const away: Fault = { source: "error", subject: "model", text: "nobody answers", data: { code: "no_model" } };
  expect(await heal(away)).toMatchObject({ healed: false, escalated: true, tried: [] });
});
