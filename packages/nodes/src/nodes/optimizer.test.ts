import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBrain, END, graph, START, stateOf } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { localService, optimizer, releases, type Metric, type Service, type Tuning } from "@brainops/nodes";
import { z } from "zod";
import { dying } from "../test-support/dying.ts";
import { runNode } from "../test-support/run-node.ts";
import { makeRepository } from "../test-support/shop.ts";

let dir = "";
let service: Service;
let store = memoryStore();
function settings(reload: "watch" | "restart" = "watch", withinMs = 10_000): Parameters<typeof localService>[0] {
  const home = join(dir, "home");
  return {
    name: "shop",
    command: ["node", "server.js"],
    config: { from: "config.json", reload },
    health: { timeoutMs: 1_000, withinMs },
    stopMs: 200,
    home,
    releases: releases({ repo: join(dir, "repo"), home }),
  };
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "brainops-optimizer-"));
  store = memoryStore();
  await makeRepository(join(dir, "repo"));
  service = localService(settings());
  await service.releases.switchTo(await service.releases.make("HEAD"));
  await service.start("first");
  await service.waitHealthy();
});
afterEach(async () => {
  await service.stop();
  await rm(dir, { recursive: true, force: true });
});

async function tune(key: string, candidates: readonly number[], metric: Metric): Promise<Tuning | null> {
  const node = optimizer({ service, tune: { parameters: [{ key, candidates }], metric, samples: 4 } });
  const { output, brain } = await runNode(node, { release: null }, { store });
  await brain.close();
  return output.tuning;
}

async function setting(key: string): Promise<unknown> {
  return (await service.config?.read())?.[key];
}

/** A metric that follows a setting, with a little noise that is always the same. */
function following(key: string, better: "lower" | "higher"): Metric {
  let n = 0;
  return {
    name: "score",
    unit: "points",
    better,
    sample: async () => {
      n += 1;
      return Number(await setting(key)) * 10 + ((n * 7) % 5);
    },
  };
}

describe("the optimizer", () => {
  test("keeps a measured gain in a real response time, and remembers the figures", async () => {
    service = localService(settings("restart"));
    const before = await service.pid();
    const tuning = await tune("delayMs", [1], { path: "/price" });
    expect(await service.pid()).not.toBe(before);
    expect(tuning).toMatchObject({
      metric: "latency",
      unit: "ms",
      kept: true,
      trials: [{ parameter: "delayMs", from: 30, to: 1, kept: true }],
    });
    expect(tuning?.trials[0]?.gain).toBeGreaterThan(0.3);
    expect(await setting("delayMs")).toBe(1);
    expect((await service.probe()).ok).toBe(true);
    const opened = await store.open();
    expect(await opened.records([tuning?.record ?? ""])).toMatchObject([
      { record: { kind: "decision", text: expect.stringContaining("kept") } },
    ]);
    expect(await opened.find({ scope: "main", kinds: ["insight"] })).toHaveLength(1);
  });

  test("puts back what makes it worse or no different, in both directions", async () => {
    expect(await tune("discount", [40], following("discount", "lower"))).toMatchObject({
      kept: false,
      trials: [{ kept: false }],
    });
    expect(await setting("discount")).toBe(10);
    expect(await tune("discount", [20], following("delayMs", "lower"))).toMatchObject({ kept: false });
    expect(await tune("discount", [40], following("discount", "higher"))).toMatchObject({ kept: true });
    expect(await setting("discount")).toBe(40);
  });

  test("leaves the process alone when the service looks for changes itself", async () => {
    const before = await service.pid();
    expect(await tune("delayMs", [1], { path: "/price" })).toMatchObject({ kept: true });
    expect(await service.pid()).toBe(before);
  });

  test("searches a range within its budget, and keeps what is found when it holds", async () => {
    const node = optimizer({
      service,
      tune: {
        parameters: [{ key: "delayMs", min: 0, max: 60, integer: true }],
        // What the service takes by design, and not what the machine lets it take while it does other things.
        metric: following("delayMs", "lower"),
        budget: 8,
        samples: 3,
      },
    });
    const { output, brain } = await runNode(node, { release: null }, { store });
    await brain.close();
    expect(output.tuning).toMatchObject({ kept: true, trials: [{ parameter: "delayMs", from: 30, kept: true }] });
    expect(await setting("delayMs")).toBeLessThan(20);
  });

  test("killed in the midst of a search it goes on, and measures again only what was under way", async () => {
    const samples: number[] = [];
    const metric: Metric = { ...following("delayMs", "lower") };
    const sample = metric.sample?.bind(metric);
    const counted: Metric = {
      ...metric,
      sample: async (call) => {
        const value = (await sample?.(call)) ?? 0;
        samples.push(value);
        return value;
      },
    };
    const parameters = [{ key: "delayMs", min: 0, max: 60, integer: true }] as const;
    const node = optimizer({ service, tune: { parameters, metric: counted, budget: 8, samples: 3 } });
    const alone = graph({ name: "alone", state: z.object({ tuning: z.json().default(null) }) })
      .node(node.name, async (_state, ctx) => ({
        tuning: z.json().parse(JSON.parse(JSON.stringify((await node.run({ release: null }, ctx)).tuning))),
      }))
      .edge(START, node.name)
      .edge(node.name, END)
      .build();
    const opener = memoryStore();
    const death = Promise.withResolvers<void>();
    const first = await createBrain({ store: dying(opener, 9, () => death.resolve()), graphs: [alone] });
    const begun = first.run(alone, {}, { id: "r" });
    await Promise.race([death.promise, begun]);
    const before = samples.length;
    expect(before).toBeGreaterThan(3);
    const second = await createBrain({ store: opener, graphs: [alone] });
    const end = stateOf(await second.resume("r", alone)).tuning;
    expect(end).toMatchObject({ kept: true, trials: [{ parameter: "delayMs", from: 30, kept: true }] });
    const measured = (await second.journal("r")).filter(
      (entry) => entry.type === "effect-completed" && entry.name === "metric.sample",
    );
    // Three to warm up and three that count, for each; at most one was measured in vain.
    expect(samples.length - 6 * measured.length).toBeLessThanOrEqual(6);
    expect(await second.replay({ run: "r" })).toMatchObject({ equal: true });
    await second.close();
  });

  test("puts back a gain that harms what is guarded", async () => {
    const guard: Metric = { ...following("discount", "lower"), name: "complaints" };
    const node = optimizer({
      service,
      tune: {
        parameters: [{ key: "discount", candidates: [40] }],
        metric: following("discount", "higher"),
        guards: [guard],
        samples: 5,
      },
    });
    const { output, brain } = await runNode(node, { release: null }, { store });
    await brain.close();
    expect(output.tuning).toMatchObject({ kept: false });
    expect(await setting("discount")).toBe(10);
  });

  test("puts back a value with which the service is not healthy", async () => {
    service = localService(settings("watch", 1_000));
    expect(await tune("discount", [-5], following("discount", "lower"))).toMatchObject({
      kept: false,
      trials: [{ p: 1, gain: 0, kept: false }],
    });
    expect(await setting("discount")).toBe(10);
    expect((await service.probe()).ok).toBe(true);
  });

  test("puts back when the metric cannot be taken", async () => {
    const metric: Metric = {
      sample: async () => {
        throw new Error("no figures");
      },
    };
    expect(await tune("discount", [20], metric)).toMatchObject({ kept: false });
    expect(await setting("discount")).toBe(10);
  });

  test("has nothing to do without a task, and refuses a setting that is no number", async () => {
    const { output, brain } = await runNode(optimizer({}), { release: null });
    expect(output.tuning).toBeNull();
    await brain.close();
    await expect(tune("colour", [1], { path: "/" })).rejects.toMatchObject({ code: "invalid_input" });
  });
});
