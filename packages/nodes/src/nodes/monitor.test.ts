import { createServer, type Server } from "node:http";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fingerprint, healing } from "@brainops/core/healing";
import { action, createBrain, plugin, stateOf } from "@brainops/core";
import { memoryStore, virtualClock } from "@brainops/core/testing";
import {
  commandProbe,
  httpProbe,
  logProbe,
  metricProbe,
  monitor,
  type MonitorOutput,
  watchGraph,
  workforce,
  type Probe,
  type WatchState,
} from "@brainops/nodes";
import { z } from "zod";
import { runNode } from "../test-support/run-node.ts";

let server: Server;
let url = "";
let answer: { status: number; body: string } = { status: 200, body: "fine" };
let asked = 0;
beforeEach(async () => {
  answer = { status: 200, body: "fine" };
  asked = 0;
  server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
});
afterEach(() => {
  server.close();
});

async function watch(
  probes: readonly Probe[],
  store: ReturnType<typeof memoryStore> = memoryStore(),
): Promise<MonitorOutput> {
  const { output, brain } = await runNode(monitor({ probes, pauseMs: 1 }), { release: null }, { store });
  await brain.close();
  return output;
}

describe("the monitor", () => {
  test("says when all is well", async () => {
    const probes = [
      httpProbe({ name: "page", subject: "shop", url, body: "fine" }),
      commandProbe({ name: "check", subject: "shop", command: [process.execPath, "-e", ""], cwd: tmpdir() }),
    ];
    expect(await watch(probes)).toMatchObject({
      fault: null,
      watch: { ok: true, probes: [{ name: "page", detail: "HTTP 200" }, { name: "check" }] },
    });
    expect(asked).toBe(1);
  });

  test("turns what fails into one fault, with the same fingerprint each time", async () => {
    answer = { status: 500, body: "broken since 10:00:01, request 17" };
    const probes = [
      httpProbe({ name: "page", subject: "shop", url }),
      commandProbe({
        name: "check",
        subject: "shop",
        command: [process.execPath, "-e", "console.error('no disk'); process.exit(3)"],
        cwd: tmpdir(),
      }),
    ];
    const store = memoryStore();
    const first = await watch(probes, store);
    expect(first.fault).toMatchObject({
      source: "probe",
      subject: "shop",
      text: "page: HTTP 500: broken since 10:00:01, request 17\ncheck: exit code 3: no disk",
    });
    answer = { status: 500, body: "broken since 23:59:59, request 4711" };
    const second = await watch(probes, store);
    expect(
      first.fault !== null && second.fault !== null && fingerprint(first.fault) === fingerprint(second.fault),
    ).toBe(true);
    answer = { status: 404, body: "broken since 10:00:01, request 17" };
    const third = await watch(probes, store);
    expect(first.fault !== null && third.fault !== null && fingerprint(first.fault) === fingerprint(third.fault)).toBe(
      false,
    );
  });

  test("remembers the same once, heals each subject, and leaves to people for a while what nothing healed", async () => {
    const clock = virtualClock();
    const down = new Set(["shop", "till"]);
    const probes = ["shop", "till"].map((subject) => ({
      name: `${subject} health`,
      kind: "http" as const,
      subject,
      check: async () => ({ name: `${subject} health`, ok: !down.has(subject), ms: 1, detail: "HTTP 500", revision }),
    }));
    let revision = "a";
    const node = monitor({ probes, failures: 1 });
    const fix = action({
      name: "till.fix",
      description: "Mends the till",
      args: z.object({}),
      risk: "low",
      class: "idempotent",
      propose: (fault) => (fault.subject === "till" ? [{}] : []),
      apply: () => down.delete("till"),
    });
    const heal = healing({ actions: [fix], verify: ({ subject }) => !down.has(subject) });
    const watching = watchGraph({ monitor: node }, heal);
    const crew = plugin({ name: "crew", setup: (registrar) => registrar.action(fix) });
    const brain = await createBrain({ store: memoryStore(), clock, graphs: [watching], plugins: [crew] });
    const round = async (): Promise<WatchState> => stateOf(await brain.run(watching, { patient: true }));
    // The shop cannot be healed; the next rounds hold it and heal the till.
    expect(await round()).toMatchObject({ fault: { subject: "shop" }, healing: { escalated: true } });
    expect(await round()).toMatchObject({ fault: { subject: "shop" }, heals: 1, healing: { healed: true } });
    for (let i = 0; i < 5; i++) expect(await round()).toMatchObject({ heals: 0, watch: { ok: false } });
    const told = await brain.recall({ text: "", kinds: ["experience"], tags: ["monitor", "about:shop"], limit: 50 });
    expect(told).toHaveLength(1);
    await clock.advance(301_000);
    expect(await round()).toMatchObject({ heals: 1, healing: { escalated: true } });
    await clock.advance(301_000);
    expect(await round()).toMatchObject({ heals: 0 });
    await clock.advance(300_000);
    expect(await round()).toMatchObject({ heals: 1 });
    expect(await round()).toMatchObject({ heals: 0 });
    // Of what has changed since, nobody knows yet whether it can be healed.
    revision = "b";
    expect(await round()).toMatchObject({ heals: 1 });
    expect(await round()).toMatchObject({ heals: 0 });
    // Whoever asks by hand need not be patient.
    expect(stateOf(await brain.run(watching, {}))).toMatchObject({ heals: 1 });
    await brain.close();
  });

  test("a budget that burns is healed once, and what was counted before a restart counts", async () => {
    const clock = virtualClock();
    const store = memoryStore();
    const home = join(tmpdir(), "brainops-objective-home");
    let slow = false;
    let fixes = 0;
    const fix = action({
      name: "shop.fix",
      description: "Makes the shop fast",
      args: z.object({}),
      risk: "low",
      class: "idempotent",
      propose: ({ source }) => (source === "metric" ? [{}] : []),
      apply: () => {
        slow = false;
        return ++fixes;
      },
    });
    // A look is answered all the time; only too slowly.
    const page: Probe = {
      name: "page",
      kind: "http",
      subject: "shop",
      check: async () => ({ name: "page", ok: true, ms: slow ? 900 : 5, detail: "HTTP 200" }),
    };
    const objectives = [{ name: "fast", subject: "shop", target: 0.99, probe: "page", withinMs: 100 }];
    const rounds = async (count: number): Promise<readonly WatchState[]> => {
      const crew = workforce({ repo: home, home, probes: [page], objectives, actions: [fix] });
      const brain = await createBrain({ store, clock, plugins: [crew] });
      const seen: WatchState[] = [];
      for (let i = 0; i < count; i++) {
        seen.push(stateOf(await brain.run(crew.watch, { patient: true })));
        await clock.advance(60_000);
      }
      await brain.close();
      return seen;
    };
    const well = await rounds(6);
    expect(well.at(-1)?.watch).toMatchObject({ ok: true, levels: [{ name: "fast", left: 1, burn: null }] });
    slow = true;
    // Two bad looks may be chance. The third comes after a restart.
    expect((await rounds(2)).every(({ fault, heals }) => fault === null && heals === 0)).toBe(true);
    const [third, after] = await rounds(2);
    expect(third).toMatchObject({
      heals: 1,
      healing: { healed: true, remedy: { action: "shop.fix" }, source: "search" },
    });
    // Its windows still burn, but something was just done about it.
    expect(after).toMatchObject({ fault: null, heals: 0, watch: { levels: [{ severity: "page" }] } });
    expect(fixes).toBe(1);
    expect(slow).toBe(false);
  });

  test("after a restart it tells what a log said meanwhile, and knows what is usual", async () => {
    const dir = await mkdtemp(join(tmpdir(), "brainops-restart-"));
    const file = join(dir, "shop.log");
    const store = memoryStore();
    let queue = 5;
    let errors = "";
    const looks = async (count: number): Promise<WatchState["watch"]> => {
      const probes = [
        logProbe({ name: "log", subject: "shop", file }),
        metricProbe({ name: "queue", subject: "till", sample: () => queue, anomaly: true }),
      ];
      const crew = workforce({ repo: dir, home: join(dir, "home"), probes });
      const brain = await createBrain({ store, plugins: [crew] });
      let seen: WatchState["watch"] = null;
      for (let i = 0; i < count; i++) seen = stateOf(await brain.run(crew.watch, {})).watch;
      errors = (await brain.recall({ text: "", kinds: ["error"] })).map(({ record }) => record.text).join("\n");
      await brain.close();
      return seen;
    };
    try {
      await writeFile(file, "Error: long ago\n");
      expect(await looks(13)).toMatchObject({ ok: true });
      await appendFile(file, "Error: no stock\n");
      await looks(1);
      expect(errors).toContain("Error: no stock");
      expect(errors).not.toContain("long ago");
      queue = 50;
      const seen = await looks(1);
      const told = new Map(seen?.probes.map(({ name, ok, detail }) => [name, { ok, detail }]));
      expect(told.get("queue")).toEqual({ ok: false, detail: "50 is unusually high" });
      queue = 5;
      expect(await looks(1)).toMatchObject({ ok: true });
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  test("does not cry over a single failure", async () => {
    let looks = 0;
    const shaky: Probe = {
      name: "shaky",
      kind: "http",
      subject: "shop",
      check: async () => ({ name: "shaky", ok: ++looks > 1, ms: 1, detail: "" }),
    };
    expect(await watch([shaky])).toMatchObject({ fault: null });
  });

  test("notices an answer without the expected text, no answer and no server", async () => {
    expect((await watch([httpProbe({ name: "page", subject: "shop", url, body: "welcome" })])).fault?.text).toContain(
      'does not contain "welcome"',
    );
    server.removeAllListeners("request");
    server.on("request", () => {});
    expect((await watch([httpProbe({ name: "page", subject: "shop", url, timeoutMs: 50 })])).fault?.text).toBe(
      "page: no answer within 50 ms",
    );
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect((await watch([httpProbe({ name: "page", subject: "shop", url })])).fault?.text).toBe(
      "page: connection refused",
    );
  });
});
