import { createHash } from "node:crypto";
import {
  BrainOpsError,
  storeDispatch,
  type Dispatch,
  type Store,
  type Ticket,
  type TicketRequest,
} from "@brainops/core";
import pg from "pg";
import { PgBoss, type FetchOptions, type Job } from "pg-boss";
import { createLimiter } from "./boss-limits.ts";

/** How many runs of one graph may go on, on all machines together. */
export interface GraphLimits {
  /** At once. */
  readonly atOnce?: number;
  /** At once of one `key`, as given to `brain.submit`. */
  readonly perKey?: number;
  /** Taken up within one second. */
  readonly perSecond?: number;
}

/** Options of {@link bossDispatch}. */
export interface BossOptions {
  /** Where the server is. Its tables may lie beside those of the store. */
  readonly connectionString: string;
  /** The store whose runs are dispatched: `brain.store`. */
  readonly store: Store;
  /** The schema of pg-boss. Default `pgboss`. */
  readonly schema?: string;
  /** Limits by graph. */
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
const relayed = 1000;
/** What was handed to the engine is not handed to it again for so long. */
const rememberMs = 5000;
/** Taking a run begins with saying in the store who has it; a job without that for so long has no worker any more. */
const unsaidSeconds = 3;

/**
 * Dispatches runs by pg-boss: priorities, delays, limits for each graph and key on all machines together, retries, and dead
 * letters with the reason. A run's cause to go on (a start, a time, an answer) is a wake of the store, written in the same
 * transaction as its cause; whichever worker looks first makes it a job, of which there is one for each run at most.
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
  const wakes = storeDispatch(store);
  const limiter = createLimiter(options.connectionString);
  const queues = new Set<string>();
  const taken = new Map<string, Taken>();
  const handed = new Map<string, number>();
  let starting: Promise<PgBoss> | undefined;
  let beats: NodeJS.Timeout | undefined;

  async function start(): Promise<PgBoss> {
    const boss = new PgBoss({
      connectionString: options.connectionString,
      schema,
      schedule: false,
      max: 3,
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
      throw new BrainOpsError("store_unavailable", "pg-boss could not be started. Is the server there?", {
        cause: error,
      });
    });
    return starting;
  }

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

  async function queueOf(boss: PgBoss, graph: string): Promise<string> {
    const queue = queueName(graph);
    if (queues.has(queue)) return queue;
    const dead = `${queue}.dead`;
    await boss.createQueue(dead, { policy: "standard" });
    const times = { expireInSeconds, heartbeatSeconds, retryDelay: 1, retryDelayMax: 60, retryBackoff: true };
    // Exclusive: of one run there is at most one job that waits or is at work.
    await boss.createQueue(queue, { policy: "exclusive", deadLetter: dead, retryLimit: retries, ...times });
    queues.add(queue);
    return queue;
  }

  /** Makes jobs of the runs that are due. */
  async function relay(boss: PgBoss, request: TicketRequest): Promise<void> {
    for (const [run, until] of handed) if (until <= request.now) handed.delete(run);
    const except = new Set([...request.except, ...handed.keys()]);
    const due = await wakes.take({ ...request, limit: relayed, except });
    for (const [graph, tickets] of Map.groupBy(due, (ticket) => ticket.graph)) {
      const jobs = tickets.map(({ run, scope, key, priority }) => ({
        data: { run, graph, scope },
        singletonKey: run,
        ...(priority === undefined ? {} : { priority }),
        ...(key === undefined ? {} : { group: { id: digest(key) } }),
      }));
      const queue = await queueOf(boss, graph);
      await endOrphans(boss, queue, tickets);
      await boss.insert(queue, jobs);
      for (const { run } of tickets) handed.set(run, request.now + rememberMs);
    }
  }

  /**
   * Ends the jobs of runs that are due although a job of theirs is under way: whoever has a run says so in the store, so their
   * workers are dead, or as good as dead. The engine would find that out much later.
   */
  async function endOrphans(boss: PgBoss, queue: string, tickets: readonly Ticket[]): Promise<void> {
    const { rows } = await boss.getDb().executeSql(
      `select id from ${pg.escapeIdentifier(schema)}.job
       where name = $1 and state = 'active' and singleton_key = any($2)
         and started_on < now() - interval '1 second' * $3`,
      [queue, tickets.map(({ run }) => run).filter((run) => !taken.has(run)), unsaidSeconds],
    );
    const ids = (rows as readonly { readonly id: string }[]).map(({ id }) => id);
    if (ids.length > 0) await boss.complete(queue, ids, { code: "orphaned" });
  }

  async function fetch(boss: PgBoss, graph: string, wanted: number): Promise<Ticket[]> {
    const queue = await queueOf(boss, graph);
    const { atOnce, perKey, perSecond } = limits[graph] ?? {};
    const take = async (batchSize: number, db?: NonNullable<FetchOptions["db"]>): Promise<Job<Ticket>[]> =>
      batchSize <= 0
        ? []
        : boss.fetch<Ticket>(queue, {
            batchSize,
            ...(perKey === undefined ? {} : { groupConcurrency: perKey }),
            ...(db === undefined ? {} : { db }),
          });
    // The engine counts the jobs of a group as well, but two that count at once both find room.
    const jobs =
      atOnce === undefined && perKey === undefined && perSecond === undefined
        ? await take(wanted)
        : await limiter.take({ schema, queue, atOnce, perSecond, wanted }, take);
    for (const { id, data } of jobs) taken.set(data.run, { queue, id });
    return jobs.map(({ data }) => data);
  }

  return {
    name: "pg-boss",
    async take(request) {
      const boss = await engine();
      await relay(boss, request);
      const found: Ticket[] = [];
      for (const graph of request.graphs) {
        if (found.length < request.limit) found.push(...(await fetch(boss, graph, request.limit - found.length)));
      }
      return found;
    },
    async done({ run }, error) {
      const job = taken.get(run);
      taken.delete(run);
      handed.delete(run);
      if (job === undefined) return;
      const boss = await engine();
      if (error === undefined) await boss.complete(job.queue, job.id);
      else await boss.fail(job.queue, job.id, reasonOf(error));
    },
    async close() {
      clearInterval(beats);
      await limiter.close();
      const boss = await starting?.catch(() => undefined);
      starting = undefined;
      await boss?.stop({ graceful: true, close: true });
    },
  };
}

/** The queue of a graph: pg-boss takes letters, digits and a few signs. */
const queueName = (graph: string): string =>
  /^[\w.-]{1,80}$/.test(graph) ? `brainops.${graph}` : `brainops.${digest(graph)}`;

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32);

function reasonOf(error: unknown): { readonly code: string; readonly message: string } {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return { code: typeof code === "string" ? code : "unknown", message: String(message ?? error) };
}
