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

/**
 * Takes jobs within limits that hold on all machines together: counting and taking are one transaction, and one worker does
 * it at a time for each queue.
 */
export async function limited<T>(
  connectionString: string,
  { schema, queue, atOnce, perSecond, wanted }: Limited,
  take: (batchSize: number, db: Executor) => Promise<Job<T>[]>,
): Promise<Job<T>[]> {
  const client = new pg.Client({ connectionString });
  // A connection that breaks fails its query, which is told; the event says nothing more.
  client.on("error", () => {});
  await client.connect();
  const db: Executor = { executeSql: (text, values) => client.query(text, values as unknown[]) };
  try {
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
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  } finally {
    await client.end();
  }
}
