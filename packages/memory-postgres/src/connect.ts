import type { Secret } from "@brainops/core/sealing";
import { checkAddress } from "./check-address.ts";
import { makeContext, refreshKeys, type Context } from "./context.ts";
import { makeDatabase, reading, type Database } from "./database.ts";
import { text, type PoolHandle } from "./handle.ts";
import { makePool } from "./hosts.ts";
import { findKey } from "./key.ts";
import { explainMissing, prepare } from "./migrate.ts";
import { reindex } from "./reindex.ts";
import { knownFormat, migrations, type Migration } from "./migrations.ts";

/** Options of {@link postgres}. */
export interface PostgresOptions {
  /**
   * Where the server is, such as `postgres://user:password@host:5432/database`. A transaction-mode pooler will do. Several hosts,
   * between commas, are tried until one takes writes (`target_session_attrs`: `read-write`, the default with several, `primary`
   * or `any`), at first and when a standby has taken the place of the server.
   */
  readonly connectionString?: string;
  /** A pool of `pg` instead, set up as you like. It is not closed with the store. */
  readonly pool?: PoolHandle;
  /** The schema that holds the store's tables; made when it does not exist. Default `brainops`. */
  readonly schema?: string;
  /** 32 bytes (raw, hex or base64) or a passphrase of at least 8 characters. Default: BRAINOPS_KEY. */
  readonly key?: Secret;
  /** How many connections the store's own pool may have. Default 4. */
  readonly connections?: number;
  /** How long a server that is away, or locks that others hold, are waited for, in milliseconds. Default 10,000. */
  readonly busyTimeout?: number;
  /** How long one statement may go without an answer before its connection is given up, in milliseconds. Default 30,000. */
  readonly answerTimeout?: number;
  /**
   * For how many commits an id is remembered, so that trying again is recognised; at least 1,000. Commits that append to an
   * owned stream are recognised as long as what they appended is there. Default 1,000,000.
   */
  readonly retryHorizon?: number;
}

/** Connects to a store, making or migrating it when needed. `steps` are other than this program's in tests of upgrades. */
export async function connect(options: PostgresOptions, steps: readonly Migration[] = migrations): Promise<Context> {
  const { busyTimeout = 10_000, answerTimeout = 30_000, schema = "brainops" } = options;
  if (options.connectionString !== undefined) checkAddress(options.connectionString);
  const secret = findKey(options.key);
  const format = steps.at(-1)?.format ?? knownFormat;
  const db = makeDatabase({
    pool:
      options.pool ??
      makePool(options.connectionString ?? "", {
        max: options.connections ?? 4,
        connectionTimeoutMillis: Math.max(1, Math.min(busyTimeout, 5000)),
        allowExitOnIdle: true,
      }),
    ownsPool: options.pool === undefined,
    schemaName: schema,
    busyTimeout,
    answerTimeout,
    onMissing: (db) => explainMissing(db, format),
  });
  try {
    const sealer = await reading(prepare(db, secret, steps));
    const horizon = Math.max(1000, options.retryHorizon ?? 1_000_000);
    const context = makeContext(db, sealer, horizon, await findVectors(db));
    await refreshKeys(context);
    await reindex(context);
    return context;
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** The schema of pgvector, quoted, where it is installed. */
async function findVectors({ query }: Database): Promise<string | undefined> {
  const [row] = await query(
    `select quote_ident(nspname) as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
     where extname = 'vector'`,
  );
  return row && text(row["schema"]);
}
