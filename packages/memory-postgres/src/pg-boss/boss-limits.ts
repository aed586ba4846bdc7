import pg from "pg";
import type { FetchOptions, Job } from "pg-boss";
import { openClient } from "../hosts.ts";

/** How many runs of one graph may go on, on all machines together. */
export interface GraphLimits {
  /** At once. */
  readonly atOnce?: number;
  /** At once of one `key`, as given to `brain.submit`. */
  readonly perKey?: number;
  /** Taken up within one second. */
  readonly perSecond?: number;
}

/** What is asked for within limits. */
export interface Limited extends GraphLimits {
  readonly schema: string;
  /** What the names of all queues begin with for which the limits hold together. */
  readonly queues: string;
  readonly wanted: number;
}

/** Fetches up to so many jobs. */
type Take<T> = (batchSize: number, more: Pick<FetchOptions, "db" | "ignoreGroups">) => Promise<Job<T>[]>;

/** Takes jobs within limits, over one connection of its own. */
export interface Limiter {
  /**
   * Takes jobs within limits that hold on all machines and for all versions of a graph together: counting and taking are one
   * transaction, and one worker does it at a time for each graph.
   */
  take<T>(limited: Limited, take: Take<T>): Promise<Job<T>[]>;
  /** Lets go of the connection. */
  close(): Promise<void>;
}

/** Makes what takes jobs within limits. It connects when it is first needed, and anew when the connection has broken. */
export function createLimiter(connectionString: string): Limiter {
  let connecting: Promise<pg.Client> | undefined;
  let before: Promise<unknown> = Promise.resolve();

  function connection(): Promise<pg.Client> {
    connecting ??= openClient(connectionString);
    return connecting;
  }

  /** A connection that failed is not used again. */
  async function drop(): Promise<void> {
    const client = await connecting?.catch(() => undefined);
    connecting = undefined;
    await client?.end().catch(() => {});
  }

  async function once<T>(limited: Limited, take: Take<T>): Promise<Job<T>[]> {
    try {
      return await within(await connection(), limited, take);
    } catch (error) {
      await drop();
      throw error;
    }
  }

  return {
    take(limited, take) {
      // One transaction after the other: there is one connection.
      const taking = before.then(() => once(limited, take));
      before = taking.catch(() => {});
      return taking;
    },
    async close() {
      await before;
      await drop();
    },
  };
}

async function within<T>(
  client: pg.Client,
  { schema, queues, atOnce, perKey, perSecond, wanted }: Limited,
  take: Take<T>,
): Promise<Job<T>[]> {
  const db: FetchOptions["db"] = { executeSql: (text, values) => client.query(text, values as unknown[]) };
  const s = pg.escapeIdentifier(schema);
  const ofAll = `name in (select name from ${s}.queue where starts_with(name, $1))`;
  await client.query("begin");
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`${schema}/${queues}`]);
  const { rows } = await client.query<{ active: string; fresh: string }>(
    `select count(*) filter (where state = 'active') as active,
            count(*) filter (where started_on > now() - interval '1 second') as fresh
     from ${s}.job where ${ofAll} and (state in ('active', 'retry') or completed_on > now() - interval '1 second')`,
    [queues],
  );
  const free = Math.min(
    wanted,
    (atOnce ?? Infinity) - Number(rows[0]?.active ?? 0),
    (perSecond ?? Infinity) - Number(rows[0]?.fresh ?? 0),
  );
  const jobs: Job<T>[] = [];
  if (perKey === undefined) jobs.push(...(await take(free, { db })));
  // One by one: the engine counts a group within one queue, and there may be one for each version of the graph.
  while (perKey !== undefined && jobs.length < free) {
    const full = await client.query<{ group_id: string }>(
      `select group_id from ${s}.job where ${ofAll} and state = 'active' and group_id is not null
       group by group_id having count(*) >= $2`,
      [queues, perKey],
    );
    const found = await take(1, { db, ignoreGroups: full.rows.map((row) => row.group_id) });
    if (found.length === 0) break;
    jobs.push(...found);
  }
  await client.query("commit");
  return jobs;
}
