import pg from "pg";
import type { FetchOptions, Job } from "pg-boss";

type Executor = NonNullable<FetchOptions["db"]>;

/** What is asked for within limits. */
export interface Limited {
  readonly schema: string;
  readonly queue: string;
  readonly atOnce: number | undefined;
  readonly perSecond: number | undefined;
  readonly wanted: number;
}

/** Takes jobs within limits, over one connection of its own. */
export interface Limiter {
  /**
   * Takes jobs within limits that hold on all machines together: counting and taking are one transaction, and one worker does
   * it at a time for each queue.
   */
  take<T>(limited: Limited, take: (batchSize: number, db: Executor) => Promise<Job<T>[]>): Promise<Job<T>[]>;
  /** Lets go of the connection. */
  close(): Promise<void>;
}

/** Makes what takes jobs within limits. It connects when it is first needed, and anew when the connection has broken. */
export function createLimiter(connectionString: string): Limiter {
  let connecting: Promise<pg.Client> | undefined;
  let before: Promise<unknown> = Promise.resolve();

  function connection(): Promise<pg.Client> {
    connecting ??= connect(connectionString);
    return connecting;
  }

  /** A connection that failed is not used again. */
  async function drop(): Promise<void> {
    const client = await connecting?.catch(() => undefined);
    connecting = undefined;
    await client?.end().catch(() => {});
  }

  async function once<T>(
    limited: Limited,
    take: (batchSize: number, db: Executor) => Promise<Job<T>[]>,
  ): Promise<Job<T>[]> {
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

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  // A connection that breaks fails its query, which is told; the event says nothing more.
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function within<T>(
  client: pg.Client,
  { schema, queue, atOnce, perSecond, wanted }: Limited,
  take: (batchSize: number, db: Executor) => Promise<Job<T>[]>,
): Promise<Job<T>[]> {
  const db: Executor = { executeSql: (text, values) => client.query(text, values as unknown[]) };
  await client.query("begin");
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`${schema}/${queue}`]);
  const { rows } = await client.query<{ active: string; fresh: string }>(
    `select count(*) filter (where state = 'active') as active,
            count(*) filter (where started_on > now() - interval '1 second') as fresh
     from ${pg.escapeIdentifier(schema)}.job where name = $1 and started_on is not null`,
    [queue],
  );
  const free = Math.min(
    wanted,
    (atOnce ?? Infinity) - Number(rows[0]?.active ?? 0),
    (perSecond ?? Infinity) - Number(rows[0]?.fresh ?? 0),
  );
  const jobs = await take(free, db);
  await client.query("commit");
  return jobs;
}
