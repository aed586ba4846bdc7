import { createHash } from "node:crypto";
import { BrainOpsError, storeDispatch, type Dispatch, type Store, type Ticket } from "@brainops/core";
import pg from "pg";
import { PgBoss, type FetchOptions, type Job } from "pg-boss";
import { checkAddress } from "../check-address.ts";
import { ask, type PoolHandle } from "../handle.ts";
import { hasChoice, makePool } from "../hosts.ts";
import { together } from "../together.ts";
import { createLimiter, type GraphLimits } from "./boss-limits.ts";

/** Options of {@link bossDispatch}. */
export interface BossOptions {
  /** Where the server is. Its tables may lie beside those of the store. */
  readonly connectionString: string;
  /** The store whose runs are dispatched: `brain.store`. */
  readonly store: Store;
  /** The schema of pg-boss. Default `pgboss`. */
  readonly schema?: string;
  /** Limits by graph. Default: none. */
  readonly limits?: { readonly [graph: string]: GraphLimits };
  /** A worker that says nothing for so long has died: seconds, at least 10. Default 30. */
  readonly heartbeatSeconds?: number;
  /** How often a run that fails its worker is tried again, before it goes to the dead letters. Default 5. */
  readonly retries?: number;
  /** Told of trouble of the engine that it makes up for by itself. Default: nobody. */
  readonly onError?: (error: Error) => void;
}

interface Taken {
  readonly queue: string;
  readonly id: string;
}

/** The longest that a run may stay with one worker in a row: pg-boss wants a bound, and heartbeats tell sooner. */
const expireInSeconds = 86_399;
/** When the engine has nothing that a worker could take, so many runs are handed to it. */
const stock = 64;
/** So many jobs are completed at once. */
const jobsTogether = 200;
/** What was handed to the engine is not handed to it again for so long. */
const rememberMs = 5000;
/** Taking a run begins with saying in the store who has it; a job without that for so long has no worker any more. */
const unsaidSeconds = 3;

/**
 * Dispatches runs by pg-boss: priorities, delays, limits for each graph and key on all machines together, retries, and dead
 * letters with the reason. A run's cause to go on (a start, a time, an answer) is a wake of the store, written in the same
 * transaction as its cause; whichever worker looks first makes it a job, of which there is one for each run at most. Each version
 * of a graph has a queue of its own, from which a worker takes only if it can go on with it; limits hold for all of them together.
 *
 * What the tables of pg-boss show is listed in docs/security.md: names of graphs, ids and scopes of runs, and why a run failed
 * its worker, but nothing that runs hold.
 *
 * @example
 * ```ts
 * import { createBrain } from "@brainops/core";
 * import { postgres } from "@brainops/memory-postgres";
 * import { bossDispatch } from "@brainops/memory-postgres/pg-boss";
 * const connectionString = "postgres://localhost/app";
 * const brain = await createBrain({ store: postgres({ connectionString, key: "a passphrase of your own" }) });
 * const worker = brain.work({ dispatch: bossDispatch({ connectionString, store: brain.store }) });
 * ```
 */
export function bossDispatch(options: BossOptions): Dispatch {
  const { store, limits = {}, schema = "pgboss", heartbeatSeconds = 30, retries = 5 } = options;
  checkAddress(options.connectionString);
  const wakes = storeDispatch(store);
  const limiter = createLimiter(options.connectionString);
  // The engine's own pool knows one host only.
  const pool = hasChoice(options.connectionString) ? makePool(options.connectionString, { max: 3 }) : undefined;
  // A connection that breaks while nobody uses it is no event: the pool makes another.
  pool?.on?.("error", () => {});
  const queues = new Set<string>();
  const taken = new Map<string, Taken>();
  const handed = new Map<string, number>();
  let starting: Promise<PgBoss> | undefined;
  let beats: NodeJS.Timeout | undefined;

  async function start(): Promise<PgBoss> {
    const boss = new PgBoss({
      ...(pool === undefined
        ? { connectionString: options.connectionString, max: 3 }
        : { db: { executeSql: (text: string, values?: unknown[]) => runOn(pool, text, values) } }),
      schema,
      schedule: false,
      superviseIntervalSeconds: heartbeatSeconds,
    });
    boss.on("error", (error) => options.onError?.(error));
    await boss.start();
    beats = setInterval(() => void beat(boss), (heartbeatSeconds * 1000) / 3);
    beats.unref();
    return boss;
  }

  /** Started when it is first needed; a start that failed is tried again. */
  function engine(): Promise<PgBoss> {
    starting ??= start().catch((error: unknown) => {
      starting = undefined;
      const why = error instanceof Error ? error.message : String(error);
      throw new BrainOpsError(
        "store_unavailable",
        `pg-boss could not be started in schema ${schema}: ${why}. Check that the server is there and the role may make it.`,
        { cause: error },
      );
    });
    return starting;
  }

  /** Runs that end in the same turn are told of together. */
  const complete = together(jobsTogether, async (jobs: readonly Taken[]) => {
    const boss = await engine();
    for (const [queue, list] of Map.groupBy(jobs, (job) => job.queue))
      await boss.complete(
        queue,
        list.map(({ id }) => id),
      );
    return jobs;
  });

  async function beat(boss: PgBoss): Promise<void> {
    const jobs = Map.groupBy(taken.values(), ({ queue }) => queue);
    for (const [queue, list] of jobs) {
      await boss
        .touch(
          queue,
          list.map(({ id }) => id),
        )
        .catch((error: unknown) => options.onError?.(error as Error));
    }
  }

  /** Makes jobs of runs that are due. */
  async function relay(boss: PgBoss, due: readonly Ticket[], now: number): Promise<void> {
    for (const [run, until] of handed) if (until <= now) handed.delete(run);
    for (const [queue, tickets] of Map.groupBy(due, queueName)) {
      await makeQueue(boss, queue, tickets[0]?.graph ?? "");
      await endOrphans(boss, queue, tickets);
      const jobs = tickets
        .filter(({ run }) => !handed.has(run))
        .map(({ priority = 0, key, ...data }) => ({
          data,
          singletonKey: data.run,
          priority,
          ...(key === undefined ? {} : { group: { id: digest(key) } }),
        }));
      if (jobs.length > 0) await boss.insert(queue, jobs);
      for (const { singletonKey } of jobs) handed.set(singletonKey, now + rememberMs);
    }
  }

  /**
   * Ends the jobs of runs that are due although a job of theirs is under way: whoever has a run says so in the store, so their
   * workers are dead, or as good as dead. The engine would find that out much later.
   */
  async function endOrphans(boss: PgBoss, queue: string, tickets: readonly Ticket[]): Promise<void> {
    const { rows } = await boss.getDb().executeSql(
      `select id, singleton_key as run from ${pg.escapeIdentifier(schema)}.job
       where name = $1 and state = 'active' and singleton_key = any($2)
         and started_on < now() - interval '1 second' * $3`,
      [queue, tickets.map(({ run }) => run).filter((run) => !taken.has(run)), unsaidSeconds],
    );
    const orphans = rows as readonly { readonly id: string; readonly run: string }[];
    if (orphans.length === 0) return;
    const ids = orphans.map(({ id }) => id);
    await boss.complete(queue, ids, { code: "orphaned" });
    for (const { run } of orphans) handed.delete(run);
  }

  async function makeQueue(boss: PgBoss, queue: string, graph: string): Promise<void> {
    if (queues.has(queue)) return;
    const dead = `${prefixOf(graph)}.dead`;
    await boss.createQueue(dead, { policy: "standard" });
    const times = { expireInSeconds, heartbeatSeconds, retryDelay: 1, retryDelayMax: 60, retryBackoff: true };
    // Exclusive: of one run there is at most one job that waits or is at work.
    await boss.createQueue(queue, { policy: "exclusive", deadLetter: dead, retryLimit: retries, ...times });
    queues.add(queue);
  }

  async function fetch(boss: PgBoss, { queue, graph, wanted }: Share): Promise<Ticket[]> {
    const limited = limits[graph];
    const take = async (batchSize: number, more: FetchOptions = {}): Promise<Job<Ticket>[]> =>
      batchSize <= 0 ? [] : boss.fetch<Ticket>(queue, { batchSize, ...more });
    const jobs =
      limited === undefined
        ? await take(wanted)
        : await limiter.take({ schema, queues: `${prefixOf(graph)}/`, ...limited, wanted }, take);
    for (const { id, data } of jobs) taken.set(data.run, { queue, id });
    return jobs.map(({ data }) => data);
  }

  return {
    name: "pg-boss",
    async take(request) {
      const boss = await engine();
      const found: Ticket[] = [];
      // What others fetch at this moment is still due: so when too little is found, more is handed to the engine.
      for (const limit of [request.limit, Math.max(stock, request.limit * 2)]) {
        const due = await wakes.take({ ...request, limit });
        await relay(boss, due, request.now);
        for (const share of sharesOf(due, request.limit)) {
          const wanted = Math.min(share.wanted, request.limit - found.length);
          if (wanted > 0) found.push(...(await fetch(boss, { ...share, wanted })));
        }
        if (found.length >= request.limit || due.length < limit) break;
      }
      return found;
    },
    async done({ run }, error) {
      const job = taken.get(run);
      taken.delete(run);
      handed.delete(run);
      if (job === undefined) return;
      if (error === undefined) await complete(job);
      else await (await engine()).fail(job.queue, job.id, reasonOf(error));
    },
    async close() {
      clearInterval(beats);
      await limiter.close();
      const boss = await starting?.catch(() => undefined);
      starting = undefined;
      await boss?.stop({ graceful: true, close: true });
      await pool?.end();
    },
  };
}

/** Runs a statement, or several in one text, on a connection of a pool. */
async function runOn(pool: PoolHandle, text: string, values?: unknown[]): Promise<{ rows: unknown[] }> {
  const client = await pool.connect();
  let failed = true;
  try {
    const result = await ask(client, values === undefined ? text : { text, values, types: pg.types });
    failed = false;
    return result;
  } finally {
    client.release(failed);
  }
}

/** How much of a queue is fetched at most. */
interface Share {
  readonly queue: string;
  readonly graph: string;
  readonly wanted: number;
}

/** First of each queue what is due of it among the first, in their order; then whatever there is, as far as there is room. */
function sharesOf(due: readonly Ticket[], limit: number): Share[] {
  const first = Map.groupBy(due.slice(0, limit), queueName);
  const all = Map.groupBy(due, queueName);
  const share = ([queue, tickets]: [string, Ticket[]], wanted: number): Share => ({
    queue,
    graph: tickets[0]?.graph ?? "",
    wanted,
  });
  return [...[...first].map((each) => share(each, each[1].length)), ...[...all].map((each) => share(each, limit))];
}

/** What the queues of all versions of a graph begin with. pg-boss takes letters, digits and a few signs. */
const prefixOf = (graph: string): string =>
  /^[\w.-]{1,80}$/.test(graph) ? `brainops.${graph}` : `brainops.${digest(graph)}`;

/** The queue of the runs that one version of a graph had last. */
const queueName = ({ graph, fingerprint }: Ticket): string => `${prefixOf(graph)}/${digest(fingerprint)}`;

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32);

function reasonOf(error: unknown): { readonly code: string; readonly message: string } {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return { code: typeof code === "string" ? code : "unknown", message: String(message ?? error) };
}
