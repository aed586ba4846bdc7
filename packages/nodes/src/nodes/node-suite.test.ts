import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "vitest";
import { nodeSuite, type NodeUnderTest } from "@brainops/core/testing";
import { workforce, type Crew, type GoalState, type Workforce } from "@brainops/nodes";
import { makeRepository, shopModel } from "../test-support/shop.ts";

/** What a node may be given when nothing has gone before it. */
const fresh: GoalState = {
  goal: "Make the failing tests pass",
  work: null,
  plan: {
    summary: "Mend it",
    tasks: [
      {
        id: "1",
        title: "Mend",
        detail: "",
        files: ["price.js"],
        check: "the tests pass",
        command: [],
        after: [],
        risk: "low",
        minutes: 1,
      },
    ],
    at: 0,
    estimate: { thoughtMs: 60_000, likelyMs: 60_000, atMostMs: 180_000, from: 0 },
    record: "",
  },
  rounds: 0,
  change: null,
  tests: null,
  release: null,
  watch: null,
  fault: null,
  healing: null,
  heals: 0,
  tuning: null,
};

/** One node of the workforce, in a world of its own. */
async function create(
  pick: (crew: Crew) => unknown,
  prepare?: (team: Workforce) => Promise<void>,
): Promise<NodeUnderTest<GoalState>> {
  const dir = await mkdtemp(join(tmpdir(), "brainops-suite-"));
  await makeRepository(join(dir, "repo"));
  const team = workforce({
    repo: join(dir, "repo"),
    home: join(dir, "home"),
    service: {
      name: "shop",
      command: ["node", "server.js"],
      canary: { requests: 40 },
      config: { from: "config.json", reload: "watch" },
      stopMs: 200,
    },
    tune: { parameters: [{ key: "delayMs", candidates: [1] }], metric: { path: "/price" }, samples: 2 },
  });
  await prepare?.(team);
  return {
    // Each takes a part of the state of the goal graph.
    node: pick(team.nodes) as NodeUnderTest<GoalState>["node"],
    input: fresh,
    brain: { model: shopModel() },
    close: async () => {
      await team.service?.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function serve({ service }: Workforce): Promise<void> {
  await service?.releases.switchTo(await service.releases.make("HEAD"));
  await service?.start("prepare");
  await service?.waitHealthy();
}

const crashes = 2;

describe.each(["developer", "tester", "deployer"] as const)("%s", (name) => {
  nodeSuite({ test }, { crashes, create: () => create((crew) => crew[name]) });
});

describe.each(["monitor", "optimizer"] as const)("%s", (name) => {
  nodeSuite({ test }, { crashes, create: () => create((crew) => crew[name], serve) });
});
