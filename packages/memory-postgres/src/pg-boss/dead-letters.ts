import pg from "pg";
import { checkAddress } from "../check-address.ts";
import { toStoreError } from "../errors.ts";
import { openClient } from "../hosts.ts";

/** A run that failed its workers again and again, so that the engine gave it up. */
export interface DeadLetter {
  /** Id of the run. */
  readonly run: string;
  /** Name of its graph. */
  readonly graph: string;
  /** Version of the graph that had it last. */
  readonly version: string;
  /** Where it remembers. */
  readonly scope: string;
  /** Why it failed the last of them, such as `journal_corrupt: …`. */
  readonly reason: string;
  /** When it was given up: milliseconds since 1970. */
  readonly at: number;
}

/** Options of {@link deadLetters}. */
export interface DeadLettersOptions {
  /** Where the server is. */
  readonly connectionString: string;
  /** The schema of pg-boss. Default `pgboss`. */
  readonly schema?: string;
  /** How many, the newest first. Default 100. */
  readonly limit?: number;
}

/**
 * Lists the dead letters of all graphs, the newest first; none where pg-boss has never been at work. Errors: `invalid_input`,
 * `store_unavailable`, `store_read_only` for a role without the rights.
 *
 * @example
 * ```ts
 * import { deadLetters } from "@brainops/memory-postgres/pg-boss";
 * const connectionString = process.env["DATABASE_URL"] ?? "";
 * if (connectionString !== "") console.log(await deadLetters({ connectionString }));
 * ```
 */
export async function deadLetters(options: DeadLettersOptions): Promise<readonly DeadLetter[]> {
  const { connectionString, schema = "pgboss", limit = 100 } = options;
  checkAddress(connectionString);
  let client: pg.Client | undefined;
  try {
    client = await openClient(connectionString);
    const s = pg.escapeIdentifier(schema);
    const there = await client.query<{ found: string | null }>("select to_regclass($1)::text as found", [`${s}.job`]);
    if (there.rows[0]?.found == null) return [];
    const { rows } = await client.query<Row>(
      `select data, source_output as output, (extract(epoch from created_on) * 1000)::bigint as at from ${s}.job
       where name like 'brainops.%' and name like '%.dead' order by created_on desc limit $1`,
      [limit],
    );
    return rows.map(({ data, output, at }) => ({
      run: data.run,
      graph: data.graph,
      version: data.version,
      scope: data.scope,
      reason: output?.code === undefined ? "unknown" : `${output.code}: ${output.message ?? ""}`,
      at: Number(at),
    }));
  } catch (error) {
    throw toStoreError(error, schema);
  } finally {
    await client?.end();
  }
}

interface Row {
  readonly data: Pick<DeadLetter, "run" | "graph" | "version" | "scope">;
  readonly output: { readonly code?: string; readonly message?: string } | null;
  readonly at: string;
}
