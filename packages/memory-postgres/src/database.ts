import { createHash } from "node:crypto";
import { BrainOpsError } from "@brainops/core";
import { setTimeout as sleep } from "node:timers/promises";
import { makeLending } from "./lending.ts";
import { failureOf, isElsewhere, isMissing, isReader, storeError, toStoreError, type Failure } from "./errors.ts";
import { FunctionCall, takesCalls, type Argument } from "./function-call.ts";
import {
  answerWithin,
  ask,
  types,
  type ClientHandle,
  type Listenable,
  type PoolHandle,
  type Row,
  type Statement,
} from "./handle.ts";

/** Sends one statement, and gives its rows. */
export type Query = (text: string, values?: unknown[]) => Promise<readonly Row[]>;

/** Sends several statements as one text, without values. */
export type Script = (text: string) => Promise<unknown>;

/** A server as the store sees it: statements that wait for it in bounds, and errors that are those of BrainOps. */
export interface Database {
  /** The store's schema, quoted, as it stands in statements. */
  readonly schema: string;
  /** The same, as people call it. */
  readonly schemaName: string;
  /** How many statements were sent. */
  readonly statements: number;
  /** One statement, which is a transaction of its own. Sent again when its fate is unknown, so it must bear that. */
  query: Query;
  /** The same for one function of the store; gives the text of what it gives. */
  call(name: string, values: readonly Argument[]): Promise<string | null>;
  /** Several statements in one transaction; done anew when its fate is unknown, so it must look whether it was done. */
  transaction<T>(work: (query: Query, script: Script) => Promise<T>): Promise<T>;
  /**
   * Whether a statement by itself would see the server as of its beginning, because the role or the database is set up so: it must see
   * what those did whom it has waited for, so it is put into a transaction that does.
   */
  isolated: boolean;
  /**
   * Is waited for on a connection before anything else is asked, once one was lost or {@link Database.doubt} was called: the server
   * may be another one by now. When it throws, so does whatever was asked, and it is asked again the next time.
   */
  afterLoss: (query: Query) => Promise<void>;
  /** Has {@link Database.afterLoss} asked before the next statement. */
  doubt(): void;
  close(): Promise<void>;
}

/** What a {@link Database} is made of. */
export interface DatabaseOptions {
  readonly pool: PoolHandle;
  readonly ownsPool: boolean;
  readonly schemaName: string;
  /** So long a server that is away, or locks, are waited for, in milliseconds. */
  readonly busyTimeout: number;
  /** So long one statement may take before its connection is given up, in milliseconds. */
  readonly answerTimeout: number;
  /** Is asked what it means that a table or function is gone. */
  readonly onMissing: (database: Database) => Promise<void>;
}

/** How an attempt failed: before or after something was sent. */
class Attempt extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, cause: unknown) {
    super("An attempt failed.", { cause });
    this.failure = failure;
  }
}

/** So many texts are kept prepared on a connection at most. */
const mostPrepared = 200;

const ignore = (): void => undefined;

/** Whether a server that only reads follows another one, whose place it may take any moment. */
async function isStandby(client: ClientHandle): Promise<boolean> {
  try {
    const { rows } = await ask(client, { text: "select pg_is_in_recovery() as standby", values: [], types });
    return (rows as Row[])[0]?.["standby"] === true;
  } catch {
    return true;
  }
}

function listenUntilHandedOver(client: Listenable): void {
  client.on?.("error", ignore);
  setImmediate(() => client.removeListener?.("error", ignore));
}

/** Makes the database of a store. */
export function makeDatabase(options: DatabaseOptions): Database {
  const { pool, busyTimeout, answerTimeout, schemaName } = options;
  const schema = `"${schemaName.replaceAll('"', '""')}"`;
  const lending = makeLending(pool);
  let statements = 0;
  // Behind a pooler in transaction mode the next statement may reach another connection. It says so, and has done nothing.
  let keepsPrepared = true;
  const names = new Map<string, string>();
  // Which doubt was the last, and which was the last that was cleared up: another may come while one is.
  let [doubts, cleared] = [0, 0];
  const doubt = (): void => void doubts++;
  // A connection that breaks while nobody uses it is no event: the pool makes another.
  pool.on?.("error", doubt);
  // A server that shuts down may say so in the same breath in which it lets a connection in: then nobody listens yet.
  pool.on?.("connect", listenUntilHandedOver);

  const rowsOf = async (client: ClientHandle, statement: Statement | string): Promise<readonly Row[]> => {
    statements++;
    return (await ask(client, statement, answerTimeout)).rows as Row[];
  };
  const withClient = async <T>(work: (client: ClientHandle) => Promise<T>): Promise<T> => {
    let client: ClientHandle;
    try {
      const taken = lending.take();
      client = taken instanceof Promise ? await taken : taken;
    } catch (error) {
      const failure = failureOf(error);
      doubt();
      // Of several hosts none takes writes: one of them may be about to.
      throw new Attempt(failure === "lost" || isReader(error) ? "away" : failure, error);
    }
    let failure: Failure | undefined;
    let reader = false;
    try {
      const last = doubts;
      if (last > cleared) {
        await database.afterLoss((text, values = []) => rowsOf(client, { text, values, types }));
        cleared = Math.max(cleared, last);
      }
      return await work(client);
    } catch (error) {
      failure = failureOf(error);
      reader = isReader(error);
      // It has done nothing. A standby is waited for as a server that is away: it, or another, may take writes soon.
      if (reader && (await isStandby(client))) failure = "away";
      if (failure === "lost" || failure === "away") doubt();
      throw new Attempt(failure, error);
    } finally {
      lending.giveBack(client, failure === "lost" || failure === "away" || reader);
    }
  };
  const insist = async <T>(work: (client: ClientHandle) => Promise<T>): Promise<T> => {
    const deadline = performance.now() + busyTimeout;
    let doubt = false;
    for (let pause = 5; ; pause = Math.min(pause * 2, 250)) {
      try {
        return await withClient(work);
      } catch (error) {
        if (!(error instanceof Attempt)) throw error;
        const { failure, cause } = error;
        if (isElsewhere(cause) && keepsPrepared) {
          keepsPrepared = false;
          continue;
        }
        doubt ||= failure === "lost";
        const over = performance.now() + pause > deadline;
        if (failure === "refused" && isMissing(cause)) await options.onMissing(database);
        if (failure !== "refused" && !over) await sleep(pause * (0.5 + Math.random()));
        else if (doubt && failure !== "refused") throw storeError("commit_unknown", schemaName, cause);
        else throw toStoreError(cause, schemaName);
      }
    }
  };
  /** Under which a connection keeps a statement prepared. It tells the text, so nobody means another by it. */
  const nameOf = (text: string): string | undefined => {
    let name = names.get(text);
    if (name === undefined && names.size < mostPrepared) {
      name = `brainops_${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
      names.set(text, name);
    }
    return name;
  };
  const statement = (text: string, given: readonly unknown[]): Statement => {
    // Numbers on the server end somewhere. Nothing that is counted comes as far.
    const values = given.map((value) => (value === Infinity ? Number.MAX_SAFE_INTEGER : value));
    const name = keepsPrepared ? nameOf(text) : undefined;
    return name === undefined ? { text, values, types } : { name, text, values, types };
  };
  const texted = new Map<string, string>();
  const callText = (called: string, count: number): string => {
    let text = texted.get(called);
    if (text === undefined) {
      const places = Array.from({ length: count }, (_, i) => `$${i + 1}`).join(", ");
      texted.set(called, (text = `select ${schema}.${called}(${places})::text as result`));
    }
    return text;
  };
  const callOn = async (client: ClientHandle, text: string, values: readonly Argument[]): Promise<string | null> => {
    const name = keepsPrepared ? nameOf(text) : undefined;
    if (name === undefined || !takesCalls(client)) {
      const [row] = await rowsOf(client, statement(text, values));
      return (row?.["result"] ?? null) as string | null;
    }
    statements++;
    return answerWithin<string | null>(answerTimeout, (resolve, reject) => {
      const call = new FunctionCall({ name, text }, values, (error, result) => {
        if (error === null) resolve(result);
        else reject(error);
      });
      client.query(call);
    });
  };
  const inTransaction = <T>(work: (client: ClientHandle) => Promise<T>): Promise<T> =>
    insist(async (client) => {
      // Locks are waited for as long as an answer is, whatever the role or the database has set.
      await rowsOf(client, "begin isolation level read committed; set local lock_timeout = 0");
      try {
        const result = await work(client);
        await rowsOf(client, "commit");
        return result;
      } catch (error) {
        if (failureOf(error) !== "lost") await rowsOf(client, "rollback");
        throw error;
      }
    });
  const database: Database = {
    schema,
    schemaName,
    get statements() {
      return statements;
    },
    isolated: false,
    query(text, values = []) {
      const send = (client: ClientHandle): Promise<readonly Row[]> => rowsOf(client, statement(text, values));
      return database.isolated ? inTransaction(send) : insist(send);
    },
    call(name, values) {
      const text = callText(name, values.length);
      const send = (client: ClientHandle): Promise<string | null> => callOn(client, text, values);
      return database.isolated ? inTransaction(send) : insist(send);
    },
    transaction: (work) =>
      inTransaction((client) =>
        work(
          (text, values = []) => rowsOf(client, statement(text, values)),
          (text) => rowsOf(client, text),
        ),
      ),
    afterLoss: () => Promise.resolve(),
    doubt,
    async close() {
      if (options.ownsPool) return void (await pool.end());
      pool.removeListener?.("error", doubt);
      pool.removeListener?.("connect", listenUntilHandedOver);
    },
  };
  return database;
}

/** A read that was not answered has no doubt about it: it changed nothing. */
export async function reading<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof BrainOpsError && error.code === "commit_unknown")
      throw new BrainOpsError("store_unavailable", "The server was lost before it answered. Try again.", {
        cause: error.cause,
        details: error.details,
      });
    throw error;
  }
}
