import { createBrain, END, graph, START, type Brain, type Graph, type NodeContext } from "@brainops/core";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { postgres } from "../index.ts";
import { dispatchSuite } from "@brainops/core/testing";
import { bossDispatch, deadLetters, type BossOptions } from "./index.ts";
import { startPostgres, type PostgresServer } from "../../../../scripts/postgres-server.ts";

let server: PostgresServer;
let pool: pg.Pool;
let round = 0;
const brains: Brain[] = [];

vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  server = await startPostgres();
  pool = new pg.Pool({ connectionString: server.url, max: 8 });
  pool.on("error", () => undefined);
}, 60_000);
afterEach(async () => {
  await Promise.all(brains.splice(0).map((brain) => brain.close()));
  round++;
});
afterAll(async () => {
  await pool.end();
  await server.stop();
}, 60_000);

const schema = (): string => `boss_${process.pid}_${round}`;
const key = "k".repeat(43);

async function open(...graphs: Graph<never, never>[]): Promise<Brain> {
  const brain = await createBrain({ store: postgres({ pool, schema: schema(), key }), graphs });
  brains.push(brain);
  return brain;
}

function work(brain: Brain, more: Partial<BossOptions> = {}, concurrency = 8): ReturnType<Brain["work"]> {
  const dispatch = bossDispatch({ connectionString: server.url, store: brain.store, schema: `${schema()}_q`, ...more });
  return brain.work({ dispatch, pollMs: 60, concurrency });
}

const single = (name: string, run: (ctx: NodeContext) => Promise<unknown>, version = "1"): Graph<never, never> =>
  graph({ name, version, state: z.object({}) })
    .node("work", async (_, ctx) => {
      await run(ctx);
      return {};
    })
    .edge(START, "work")
    .edge("work", END)
    .build() as never;

/** A graph that notes which of its runs were done. */
function noted(): { readonly ran: readonly string[]; readonly note: Graph<never, never> } {
  const ran: string[] = [];
  const run = (ctx: NodeContext): Promise<unknown> =>
    ctx.effect({ name: "note", class: "idempotent", run: () => void ran.push(ctx.run) });
  return { ran, note: single("note", run) };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 600) throw new Error("It never came to that.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const allDone = (brain: Brain, count: number) => async () =>
  (await brain.runs()).filter(({ status }) => status === "completed").length === count;

/** Counts how many are under way at once. */
function meter(ms: number): { enter(): Promise<void>; readonly most: number; readonly starts: readonly number[] } {
  let now = 0;
  let most = 0;
  const starts: number[] = [];
  return {
    starts,
    get most() {
      return most;
    },
    async enter() {
      starts.push(Date.now());
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, ms));
      now--;
    },
  };
}

dispatchSuite(
  { describe, test },
  {
    create: () => ({
      store: postgres({ pool, schema: schema(), key }),
      dispatch: (store) => bossDispatch({ connectionString: server.url, store, schema: "suite" }),
    }),
  },
);

describe("runs dispatched by pg-boss", () => {
  test("keep limits for each graph and each key, on all workers and for all versions together", async () => {
    const [all, byKey] = [meter(60), new Map<string, ReturnType<typeof meter>>()];
    const wide = (version: string) => single("wide", () => all.enter(), version);
    const keyed = (version: string) =>
      single(
        "keyed",
        (ctx) => {
          const group = ctx.run.split("/")[0] ?? "";
          const own = byKey.get(group) ?? meter(60);
          byKey.set(group, own);
          return own.enter();
        },
        version,
      );
    // One knows a version, one the other, and one both.
    const [one, two] = [await open(wide("1"), keyed("1")), await open(wide("2"), keyed("2"))];
    const both = await open(wide("2"), wide("1"), keyed("2"), keyed("1"));
    for (let i = 0; i < 8; i++) {
      const brain = i % 4 < 2 ? one : two;
      await brain.submit("wide", {});
      await brain.submit("keyed", {}, { id: `${i % 2 ? "a" : "b"}/${i}`, key: i % 2 ? "a" : "b" });
    }
    for (const each of [one, two, both]) work(each, { limits: { wide: { atOnce: 2 }, keyed: { perKey: 1 } } });
    await until(allDone(both, 16));
    expect(all.most).toBe(2);
    expect([...byKey.values()].map(({ most }) => most)).toEqual([1, 1]);
  });

  test("wait while the engine cannot be started, and the worker says why", async () => {
    const brain = await open();
    const worker = work(brain, { schema: "no such name!" });
    await until(() => Promise.resolve(worker.trouble !== undefined));
    expect(worker.trouble).toMatchObject({
      code: "store_unavailable",
      message: expect.stringMatching(/in schema no such name!: /) as string,
    });
  });

  test("are taken up no faster than allowed", async () => {
    const metered = meter(1);
    const brain = await open(single("slow", () => metered.enter()));
    for (let i = 0; i < 5; i++) await brain.submit("slow", {});
    work(brain, { limits: { slow: { perSecond: 2 } } });
    await until(allDone(brain, 5));
    const [a = 0, , c = 0, , e = 0] = metered.starts;
    expect(c - a).toBeGreaterThan(700);
    expect(e - a).toBeGreaterThan(1700);
  });

  test("are counted over one connection, which is made anew when it breaks and let go with the dispatch", async () => {
    const { note } = noted();
    const brain = await open(note);
    const url = new URL(server.url);
    url.searchParams.set("application_name", schema());
    const worker = work(brain, { connectionString: url.href, limits: { note: { atOnce: 1 } } });
    const counting = async (): Promise<string[]> => {
      const { rows } = await pool.query<{ pid: string }>(
        "select pid::text from pg_stat_activity where application_name = $1 and query = 'commit'",
        [schema()],
      );
      return rows.map(({ pid }) => pid);
    };
    for (let i = 0; i < 3; i++) await brain.submit("note", {});
    await until(allDone(brain, 3));
    await until(async () => (await counting()).length === 1);
    const [pid] = await counting();
    await pool.query("select pg_terminate_backend($1)", [pid]);
    for (let i = 0; i < 3; i++) await brain.submit("note", {});
    await until(allDone(brain, 6));
    expect((await counting()).filter((other) => other === pid)).toEqual([]);
    await worker.rest();
    await until(async () => (await counting()).length === 0);
  });

  test("go on when their time has come, and when another process leaves something for them", async () => {
    const hears = single("hears", async (ctx) => {
      await ctx.sleep(2500);
      await ctx.signalled("go");
    });
    const [works, elsewhere] = [await open(hears), await open()];
    const worker = work(works);
    await works.submit("hears", {}, { id: "r" });
    const waits = async (): Promise<number> =>
      (await works.journal("r")).filter(({ type }) => type === "waiting").length;
    await until(async () => (await waits()) === 2 && worker.running === 0);
    await elsewhere.signal("r", "go");
    await until(allDone(works, 1));
    expect(await works.resume("r")).toMatchObject({ status: "completed" });
  });

  test("that fail their worker again and again become dead letters, with the reason", async () => {
    const bad = single("bad", () => Promise.resolve());
    const brain = await open(bad);
    await brain.submit("bad", {}, { id: "r" });
    // A first entry that is no start of a run: nobody can go on with that.
    const name = `broken ${round}`;
    await brain.store.commit({
      id: name,
      writes: [{ type: "append", stream: "journal/x", entries: [{ type: "none" }] }],
    });
    const { version, fingerprint } = bad;
    const data = { graph: "bad", version, fingerprint, scope: "main" };
    const queue = { name: `${fingerprint}/0`, lane: "main" };
    const wake = { type: "wake" as const, key: "run/x", at: 1, data, queue };
    await brain.store.commit({ id: `${name} wake`, writes: [wake] });
    work(brain, { retries: 0 });
    await until(allDone(brain, 1));
    await until(async () => {
      const { rows } = await pool.query(`select output, data from ${schema()}_q.job where name = 'brainops.bad.dead'`);
      return rows.length > 0 && JSON.stringify(rows[0]).includes('"x"');
    });
    const queues = { connectionString: server.url, schema: `${schema()}_q` };
    expect(await deadLetters(queues)).toMatchObject([
      { run: "x", graph: "bad", version, scope: "main", reason: expect.stringMatching(/^journal_corrupt: /) as string },
    ]);
    expect(await deadLetters({ ...queues, schema: "nobody's" })).toEqual([]);
    await until(async () => (await brain.setAside()).some(({ run }) => run === "x"));
    expect(await brain.setAside()).toMatchObject([
      { run: "x", reason: expect.stringMatching(/journal_corrupt/) as string },
    ]);
  });
});
