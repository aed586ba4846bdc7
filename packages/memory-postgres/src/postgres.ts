import { BrainOpsError, type Store, type StoreOpener } from "@brainops/core";
import { checkAddress } from "./check-address.ts";
import { connect, type PostgresOptions } from "./connect.ts";
import { reading } from "./database.ts";
import { findKey } from "./key.ts";
import { migrations, type Migration } from "./migrations.ts";
import { makeStore } from "./store.ts";
import { makeWitness } from "./witness.ts";

/**
 * A store on PostgreSQL 15 or newer, its contents sealed before they leave the process. Many processes, on many machines,
 * may have it open at once.
 *
 * Errors on opening: `wrong_key`, `not_a_store`, `store_too_new`, `store_read_only`, `store_unavailable`, `store_busy`,
 * `invalid_input`. When the server fails, a standby may take its place: an open store goes on there, or says `store_rolled_back` when what
 * was acknowledged to it did not reach the standby.
 *
 * @example
 * ```ts
 * import { postgres } from "@brainops/memory-postgres";
 * const opener = postgres({ connectionString: "postgres://localhost/app", key: "a passphrase of your own" });
 * console.log(opener.name); // "postgres"
 * ```
 */
export function postgres(options: PostgresOptions): StoreOpener {
  if ((options?.connectionString === undefined) === (options?.pool === undefined))
    throw new BrainOpsError(
      "invalid_input",
      "postgres() needs either a connectionString, as in postgres({ connectionString: process.env.DATABASE_URL, key }), " +
        "or a pool. A variable of the environment that is not set is undefined.",
    );
  if (options.connectionString !== undefined) checkAddress(options.connectionString);
  const { schema = "brainops" } = options;
  // A dollar could end the text of a function in which the name stands.
  if (schema === "" || Buffer.byteLength(schema) > 63 || /[\0$]|^pg_/.test(schema) || !schema.isWellFormed())
    throw new BrainOpsError(
      "invalid_input",
      "A schema's name has 1 to 63 bytes, does not begin with pg_, and has no dollar or NUL in it.",
    );
  findKey(options.key);
  return { name: "postgres", open: () => openStore(options, migrations) };
}

/** Opens a store with these steps; for tests of upgrades. */
export async function openStore(options: PostgresOptions, steps: readonly Migration[]): Promise<Store> {
  const context = await connect(options, steps);
  try {
    return makeStore(context, await reading(makeWitness(context)), options.busyTimeout ?? 10_000);
  } catch (error) {
    await context.db.close();
    throw error;
  }
}
