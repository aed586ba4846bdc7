import { BrainOpsError, type Store, type StoreOpener } from "@brainops/core";
import type { Secret } from "@brainops/core/sealing";
import { connect } from "./connect.ts";
import type { DatabaseHandle } from "./handle.ts";
import { whenFree } from "./open.ts";
import { reindex } from "./reindex.ts";
import { makeStore } from "./store.ts";

/** Options of {@link sqlite}. */
export interface SqliteOptions {
  /** The file; it and its folder are made when they do not exist. Beside it lie `-wal` and `-shm` while it is open. */
  readonly file?: string;
  /**
   * An open database instead of a file: of `node:sqlite`, better-sqlite3 or libsql, such as a build with encrypted pages.
   * It is closed with the store. A key must be given too.
   */
  readonly database?: DatabaseHandle;
  /** 32 bytes (raw, hex or base64) or a passphrase of at least 8 characters. Default: BRAINOPS_KEY, then the key file. */
  readonly key?: Secret;
  /**
   * Where the key is kept when none is given. Default: the file's name with `.key` added. Made with mode 0600.
   * A key that stands beside it, with `.new` added, is the one that the store is just getting; see `rotate`.
   */
  readonly keyFile?: string;
  /**
   * When a commit counts as durable. `full` (the default): when it has reached the disk; nothing acknowledged is lost, even
   * when the power fails. `normal`: when it was handed to the operating system; safe from crashes of the process, but a
   * power failure may take the last moments.
   */
  readonly synchronous?: "full" | "normal";
  /**
   * For how many commits an id is remembered, so that trying again is recognised; at least 1,000. Commits that append to an
   * owned stream are recognised as long as what they appended is there. Default 1,000,000.
   */
  readonly retryHorizon?: number;
  /** How long to wait for a file that others hold, in milliseconds, before `store_busy`. Default 5000. */
  readonly busyTimeout?: number;
  /** Is told once when a key file is made. Default: one line on stderr. */
  readonly notice?: (message: string) => void;
}

/**
 * A store in one SQLite file, its contents sealed, on Node's own SQLite. Several processes may have it open at once.
 *
 * Errors on opening: `wrong_key`, `not_a_store`, `store_too_new`, `store_read_only`, `store_full`, `store_busy`,
 * `store_corrupt`, `invalid_input`. None of them changes the file.
 *
 * @example
 * ```ts
 * import { sqlite } from "@brainops/memory-sqlite";
 * const store = await sqlite({ file: "brain.db" }).open();
 * ```
 */
export function sqlite(options: SqliteOptions): StoreOpener {
  if ((options?.file === undefined) === (options?.database === undefined))
    throw new BrainOpsError(
      "invalid_input",
      'sqlite() needs either a file, as in sqlite({ file: "brain.db" }), or an open database.',
    );
  if (options.database !== undefined && options.key === undefined && !process.env["BRAINOPS_KEY"] && !options.keyFile)
    throw new BrainOpsError("invalid_input", "sqlite() with an open database needs the option 'key'.");
  return { name: "sqlite", open: () => openStore(options) };
}

async function openStore(options: SqliteOptions): Promise<Store> {
  const busyTimeout = options.busyTimeout ?? 5000;
  return whenFree(async () => {
    const context = await connect(options);
    try {
      await reindex(context);
    } catch (error) {
      await context.background.close();
      if (options.database === undefined) context.db.close();
      throw error;
    }
    return makeStore(context, busyTimeout);
  }, busyTimeout);
}
