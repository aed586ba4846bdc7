import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { customers } from "./lib/customers.ts";
import { alone, serving, work } from "./lib/deployments.ts";
import { openTill, type Till } from "./lib/till.ts";

// A short way through what `npm run bench -- deployer` does at length.

let dir = "";
let till: Till;
beforeEach(async () => {
  // Few requests notice less, and take less time. The workers are told so too.
  process.env["TILL_REQUESTS"] = "100";
  dir = await mkdtemp(join(tmpdir(), "brainops-deployer-"));
  till = openTill(dir, 9);
});
afterEach(async () => {
  await till.service.stop();
  await rm(dir, { recursive: true, force: true });
});

test("a deployer that is killed leaves a service that runs, and going on finishes, with no request lost", async () => {
  const place = { dir, taken: 9 };
  expect(await work(place, "first", till.commit("none"))).toMatchObject({ ok: true });
  const load = customers(await till.service.url(), 50);
  const commit = till.commit("none");
  // Before a commit, after one, and in the midst of what comes then.
  for (const moment of ["3", "6+", "1200ms"]) {
    await work(place, "second", commit, moment);
    expect((await till.service.probe()).ok).toBe(true);
  }
  const release = await work(place, "second", commit);
  const { sent, answered, lost } = await load.stop();
  expect(lost).toEqual({});
  expect(answered).toBe(sent);
  expect(release).toMatchObject({ ok: true, detail: "HTTP 200", rolledBack: false });
  expect(await serving(till)).toBe(release?.id);
  expect(await alone(till)).toBe(true);
}, 90_000);
