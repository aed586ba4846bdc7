// Good releases under load, releases that are bad in fifteen ways, and a deployer killed at every step:
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Release } from "@brainops/nodes";
import type { ScenarioOptions } from "../scripts/door.ts";
import { customers, type Served } from "./lib/customers.ts";
import { alone, serving, work, type Place } from "./lib/deployments.ts";
import { report, type Report } from "./lib/report.ts";
import { openTill, type Till } from "./lib/till.ts";

const faults = [
  "crash at boot",
  "slow start",
  "one percent of errors",
  "leak",
  "hang on SIGTERM",
  "wrong version",
  "failing migration",
  "port taken",
  "health lies",
  "slower answers",
  "crash under load",
  "wrong answers",
  "hangs on requests",
  "alone when it is live",
  "mute when it is live",
] as const;

interface World extends Place {
  readonly till: Till;
  readonly out: Report;
}

/** Its options. */
export const help: string = `  --requests N  requests during good switches (default 10000)
  --kills no    leaves out the deployer that is killed
  --only TEXT   only bad releases whose name has this in it`;

/** Runs the scenario. */
export async function run(options: ScenarioOptions): Promise<void> {
  const { values } = parseArgs({
    args: [...options.args],
    options: { requests: { type: "string" }, kills: { type: "string" }, only: { type: "string" } },
  });
  const out = report("deployer", options);
  const dir = mkdtempSync(join(tmpdir(), "brainops-bench-"));
  const other = createServer();
  await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
  const taken = (other.address() as AddressInfo).port;
  const world: World = { dir, till: openTill(dir, taken), taken, out };
  const { till } = world;
  try {
    const first = await deploy(world, "first", till.commit("none"));
    if (!first.ok) throw new Error(`The first release is not well: ${first.detail}`);
    if (values.only === undefined) await goodSwitches(world, Number(values.requests ?? 10_000));
    await badReleases(world, values.only);
    if (values.kills !== "no" && values.only === undefined) await killed(world);
  } finally {
    await till.service.stop();
    other.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function deploy(world: World, id: string, commit: string): Promise<Release> {
  const release = await work(world, id, commit);
  if (release === null) throw new Error("The deployer was killed by somebody.");
  return release;
}

async function goodSwitches(world: World, requests: number): Promise<void> {
  const load = customers(await world.till.service.url(), 400);
  let switches = 0;
  let refused = 0;
  for (; load.sent() < requests || switches < 5; switches++) {
    const release = await deploy(world, `good-${switches}`, world.till.commit("none"));
    if (!release.ok) {
      refused += 1;
      world.out.row({ kind: "refused", detail: release.detail });
    }
  }
  const served = await load.stop();
  const dropped = served.sent - served.answered;
  world.out.row({
    kind: "good",
    switches,
    good_releases_refused: refused,
    requests: served.sent,
    dropped,
    ...lostBy(served),
  });
  if (dropped > 0 || refused > 0) process.exitCode = 1;
}

async function badReleases(world: World, only: string | undefined): Promise<void> {
  const { till, out } = world;
  let rolledBack = 0;
  let lost = 0;
  const chosen = faults.filter((fault) => only === undefined || fault.includes(only));
  for (const fault of chosen) {
    const before = await till.service.releases.current();
    const load = customers(await till.service.url(), 100);
    const began = performance.now();
    const release = await deploy(world, `bad-${fault}`, till.commit(fault));
    const ms = Math.round(performance.now() - began);
    const served = await load.stop();
    const well = release.rolledBack && !release.ok && (await serving(till)) === before;
    if (well) rolledBack += 1;
    lost += served.sent - served.answered;
    out.row({
      kind: "bad",
      fault,
      rolled_back: well,
      ms,
      requests: served.sent,
      dropped: served.sent - served.answered,
      ...lostBy(served),
      said: release.detail,
    });
  }
  out.row({ kind: "all bad", releases: chosen.length, rolled_back: rolledBack, dropped: lost });
  if (rolledBack < chosen.length) process.exitCode = 1;
}

/** Milliseconds from its start. */
const midway = Array.from({ length: 16 }, (_, i) => `${(i + 1) * 150}ms`);

/** Kills the deployer before and after each of its commits and in between, looks whether the service runs, and goes on with another. */
async function killed(world: World): Promise<void> {
  const { till, out } = world;
  let kills = 0;
  let ran = 0;
  let ended = 0;
  let dropped = 0;
  for (const fault of ["none", "health lies", "alone when it is live"]) {
    // Before and after every commit, then in the midst of steps: tries, hand-overs, drains.
    const moments = [...Array.from({ length: 30 }, (_, i) => [`${i + 1}`, `${i + 1}+`]).flat(), ...midway];
    for (let next = 0; next < moments.length; next++) {
      const moment = moments[next] ?? "";
      const before = await till.service.releases.current();
      const id = `kill-${fault}-${moment}`;
      const commit = till.commit(fault);
      const load = customers(await till.service.url(), 50);
      if ((await work(world, id, commit, moment)) !== null) {
        // It came to its end before: the commits are all through, and later times too.
        await load.stop();
        if (moment.endsWith("ms")) break;
        next = moments.indexOf(midway[0] ?? "") - 1;
        continue;
      }
      kills += 1;
      const running = (await till.service.probe()).ok;
      if (running) ran += 1;
      const after = await deploy(world, id, commit);
      const served = await load.stop();
      const lost = served.sent - served.answered;
      dropped += lost;
      const expected = fault === "none" ? after.id : before;
      const right = after.ok === (fault === "none") && (await serving(till)) === expected && (await alone(till));
      if (right) ended += 1;
      if (right && running && lost === 0) continue;
      out.row({ kind: "kill", fault, moment, running, right, dropped: lost, ...lostBy(served), said: after.detail });
    }
  }
  out.row({ kind: "all kills", kills, service_ran_on: ran, finished_or_rolled_back: ended, dropped });
  if (ran < kills || ended < kills) process.exitCode = 1;
}

function lostBy({ lost }: Served): { readonly lost?: string } {
  const ways = Object.entries(lost).map(([how, count]) => `${count} × ${how}`);
  return ways.length === 0 ? {} : { lost: ways.join(", ") };
}
