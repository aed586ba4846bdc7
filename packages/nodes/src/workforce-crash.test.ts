import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createBrain, stateOf, type RunResult } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { goalOutcome, workforce, type GoalState, type Workforce } from "@brainops/nodes";
import { dying } from "./test-support/dying.ts";
import { makeRepository, shopModel } from "./test-support/shop.ts";

/** One goal, begun by one Brain that dies after some commits, and finished by another. */
async function crashed(commits: number): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), "brainops-crash-"));
  const repo = join(dir, "shop");
  await makeRepository(repo);
  const make = (): Workforce =>
    workforce({
      repo,
      home: join(dir, "home"),
      service: {
        name: "shop",
        command: ["node", "server.js"],
        canary: { requests: 40 },
        health: { withinMs: 5_000 },
        config: { from: "config.json", reload: "watch" },
        stopMs: 200,
      },
      tune: { parameters: [{ key: "delayMs", candidates: [1] }], metric: { path: "/price" }, samples: 4 },
    });
  const opener = memoryStore();
  const crew = make();
  try {
    let died = false;
    let begun: Promise<RunResult<GoalState>> | undefined;
    const death = new Promise<void>((resolve) => {
      const store = dying(opener, commits, () => {
        died = true;
        resolve();
      });
      begun = createBrain({ store, model: shopModel(), plugins: [crew] }).then((first) =>
        first.run(crew.goal, { goal: "Make the failing tests pass" }, { id: "goal-1" }),
      );
    });
    await Promise.race([death, begun]);
    const model = shopModel();
    const brain = await createBrain({ store: opener, model, plugins: [make()] });
    const run = died ? await brain.resume("goal-1", crew.goal) : await begun;
    if (run === undefined) throw new Error("the run was begun");
    const state = stateOf(run);
    expect(goalOutcome(state)).toBe("done");
    expect(execFileSync("git", ["log", "--format=%s", "main..brainops/goal-1"], { cwd: repo, encoding: "utf8" })).toBe(
      "Take the discount off\n",
    );
    expect((await readdir(join(dir, "home/releases"))).filter((name) => !name.startsWith("."))).toEqual([
      state.release?.id,
    ]);
    const alive = (await readdir(join(dir, "home/run"))).filter((name) => name.endsWith(".pid"));
    expect(alive).toHaveLength(1);
    const answer = await fetch(`${await crew.service?.url()}/price`, { headers: { connection: "close" } });
    expect(await answer.text()).toBe("90");
    expect(await brain.replay({ run: "goal-1" })).toMatchObject({ equal: true });
    // Whatever was finished before the death was taken from the journal.
    const asked = model.requests.length;
    const entries = (await brain.journal("goal-1")).filter(
      (entry) => entry.type === "effect-completed" && entry.name === "model.generate",
    );
    expect(entries).toHaveLength(5);
    expect(asked).toBeLessThanOrEqual(5);
    await brain.close();
    return died;
  } finally {
    await crew.service?.stop();
    await writeFile(join(dir, "done"), "");
    await rm(dir, { recursive: true, force: true });
  }
}

test.each([2, 16, 24, 31])(
  "a goal that is cut off after %i commits is finished, and nothing is done twice",
  async (commits) => {
    expect(await crashed(commits)).toBe(true);
  },
  60_000,
);
