import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { brainops, start } from "../test-support/brainops.ts";
import { runsIn } from "../test-support/runs.ts";
import type { Drill, Reached } from "../reached.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "brainops-demo-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Shown {
  readonly outcome: string;
  readonly model: string;
  readonly reached: Reached;
  readonly cost: { readonly modelCalls: number; readonly recalled: number };
}

const shown = (stdout: string): Shown => JSON.parse(stdout) as Shown;
const way = ({ source, tries, modelCalls, action }: Drill): unknown => [source, tries, modelCalls, action];

test(
  "the demo does all it promises; a second one, interrupted, is gone on with by serve and remembers the first",
  { timeout: 240_000 },
  async () => {
    const first = await brainops(["demo", "--id", "one", "--json"], { cwd: folder });
    expect(first.code).toBe(0);
    // The new key is said aloud, and not among the JSON.
    expect(first.stderr).toMatch(/^BrainOps made a key for this store: .*memory\.db\.key.*\n$/);
    // What it knows and what the service said is for its owner alone.
    expect(statSync(join(folder, ".brainops")).mode & 0o777).toBe(0o700);
    const one = shown(first.stdout);
    expect(one).toMatchObject({ outcome: "done", model: "scripted" });
    const { change, tests, release, tuning, drills } = one.reached;
    expect(change).toMatchObject({ commits: 1, branch: "brainops/one" });
    expect(tests).toMatchObject({ passed: true, failed: 0 });
    expect(release).toMatchObject({ ok: true, rolledBack: false });
    expect(tuning?.trials.at(-1)).toMatchObject({ parameter: "cacheSize", to: 16, kept: true });
    expect(drills.map(way)).toEqual([
      ["healer", 1, 0, "service.restore-config"],
      ["memory", 1, 0, "service.restore-config"],
    ]);

    const { child, ended } = start(["demo", "--id", "two"], { cwd: folder });
    await new Promise<void>((seen) => {
      let text = "";
      child.stdout?.on("data", (chunk: string) => {
        text += chunk;
        if (text.includes("✓ planner")) seen();
      });
    });
    child.kill("SIGINT");
    const stopped = await ended;
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toContain("a SCRIPT plays the model");
    expect(stopped.stdout).toContain("brainops resume two");

    // Whoever keeps the home at work goes on with it, by itself.
    const serving = start(["serve", "--json"], { cwd: folder });
    const runs = await runsIn(join(folder, ".brainops"));
    const over = async (): Promise<void> => expect(await runs.statuses()).toMatchObject({ two: "completed" });
    await vi.waitFor(over, { timeout: 120_000, interval: 200 }).finally(runs.close);
    serving.child.kill("SIGTERM");
    expect(await serving.ended).toMatchObject({ code: 0, signal: null });

    const resumed = await brainops(["resume", "two", "--json"], { cwd: folder });
    expect(resumed.code).toBe(0);
    const two = shown(resumed.stdout);
    expect(two.outcome).toBe("done");
    expect(two.cost.recalled).toBeGreaterThan(5);
    expect(two.cost.modelCalls).toBeLessThan(one.cost.modelCalls);
    expect(two.reached.drills.map(way)).toEqual([
      ["memory", 1, 0, "service.restore-config"],
      ["memory", 1, 0, "service.restore-config"],
    ]);
    expect(existsSync(join(folder, ".brainops", "demo", "two", "work", "current"))).toBe(true);
  },
);
