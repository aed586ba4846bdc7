import { toStoreError } from "./errors.ts";
import { isNodeDatabase, nodeSqlite } from "./node-sqlite.ts";
import { makePrivate } from "./private-file.ts";
import type { Row, Value } from "./values.ts";

export { bytes, int, textOf, type Row, type Value } from "./values.ts";

/** The part of a prepared statement of `node:sqlite` that the store uses; better-sqlite3 and libsql have it too. */
export interface StatementHandle {
  /** Runs it with values by their place, and says how many rows it changed. */
  run(...values: Value[]): {
    /** Rows that were changed. */
    readonly changes: number | bigint;
    /** Number of the row that was inserted last. */
    readonly lastInsertRowid: number | bigint;
  };
  /** The first row, or `undefined`. */
  get(...values: Value[]): unknown;
  /** All rows. */
  all(...values: Value[]): unknown[];
}

/** The part of an open `node:sqlite` database that the store uses; better-sqlite3 and libsql have it too. */
export interface DatabaseHandle {
  /** Runs statements that give nothing back. */
  exec(sql: string): unknown;
  /** Prepares one statement. */
  prepare(sql: string): StatementHandle;
  /** Closes the database. */
  close(): unknown;
}

/** A database with its statements prepared once, and its errors turned into those of BrainOps. */
export interface Database {
  exec(sql: string): void;
  run(sql: string, ...values: Value[]): { readonly changes: number; readonly id: number };
  get(sql: string, ...values: Value[]): Row | undefined;
  all(sql: string, ...values: Value[]): readonly Row[];
  close(): void;
  /** How many statements have been run that may write. */
  statements(): number;
}

/** Wraps an open handle. */
export function wrapHandle(handle: DatabaseHandle, file: string): Database {
  let run = 0;
  // One statement for each way to run it: those of libsql do not begin anew when they are run in another way than before.
  const running = keepStatements(handle);
  const getting = keepStatements(handle);
  const listing = keepStatements(handle);
  const native = isNodeDatabase(handle);
  // libsql takes bytes that are the only value for names of values; in a list they are not mistaken.
  const bind = (values: Value[]): Value[] =>
    native || values.length !== 1 || !(values[0] instanceof Uint8Array) ? values : ([values] as unknown as Value[]);
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw toStoreError(error, file);
    }
  };
  return {
    exec: (sql) => attempt(() => void handle.exec(sql)),
    run: (sql, ...values) =>
      attempt(() => {
        run++;
        const { changes, lastInsertRowid } = running(sql).run(...bind(values));
        return { changes: Number(changes), id: Number(lastInsertRowid) };
      }),
    get: (sql, ...values) => attempt(() => getting(sql).get(...bind(values)) as Row | undefined),
    all: (sql, ...values) => attempt(() => listing(sql).all(...bind(values)) as Row[]),
    close: () => attempt(() => void handle.close()),
    statements: () => run,
  };
}

/** Prepares each statement once. */
function keepStatements(handle: DatabaseHandle): (sql: string) => StatementHandle {
  const statements = new Map<string, StatementHandle>();
  return (sql) => {
    let statement = statements.get(sql);
    if (statement === undefined) statements.set(sql, (statement = handle.prepare(sql)));
    return statement;
  };
}

/** Opens a file with `node:sqlite`; one that it makes is for its owner alone. */
export function openFile(file: string, options: { readonly readOnly?: boolean } = {}): DatabaseHandle {
  const { DatabaseSync } = nodeSqlite();
  if (options.readOnly !== true) makePrivate(file);
  try {
    return new DatabaseSync(file, options);
  } catch (error) {
    throw toStoreError(error, file);
  }
}
