/** How columns of a result are read. */
export interface TypeParsers {
  /** Gives what turns a column of a type, which comes as text, into a value. */
  getTypeParser(type: number, format?: string): (value: string) => unknown;
}

/** One statement as it is sent: its text, the values of `$1` and so on, and how columns of its result are read. */
export interface Statement {
  /** Under which a connection keeps it prepared. */
  readonly name?: string;
  /** The statement, with `$1` and so on for values. */
  readonly text: string;
  /** Those values, in order. */
  readonly values: unknown[];
  /** Turns columns of a result, which come as text, into values. */
  readonly types: TypeParsers;
}

/** Tells what goes wrong while nothing is asked. */
export interface Listenable {
  /** Listens. */
  on?(event: "error", listener: (error: Error) => void): unknown;
  /** Listens no more. */
  removeListener?(event: "error", listener: (error: Error) => void): unknown;
}

/** What a statement gave. */
export interface Answer {
  /** The rows of the result, as objects by column. */
  readonly rows: unknown[];
}

/** Is told what became of a statement: an error, or else what it gave. */
export type Answered = (error: unknown, answer?: Answer) => void;

/** The part of a checked-out client of `pg` that the store uses. */
export interface ClientHandle extends Listenable {
  /**
   * Runs one statement; a text alone may hold several, without values. Gives a promise; or nothing, as `pg` does where it is told
   * whom to call, and then calls `done`.
   */
  query(statement: Statement | string, done: Answered): Promise<Answer> | void;
  /** Gives it back; with `true` its connection is closed. */
  release(destroy?: boolean): void;
}

/**
 * Asks a client. It is told whom to call: what the promises of `pg` gave stays reachable, though nobody wants it any more, until the
 * whole heap is looked through (docs/decisions/0063). Rejects when no answer comes within so many milliseconds; what comes after it
 * was given up is nobody's any more.
 */
export function ask(client: ClientHandle, statement: Statement | string, within?: number): Promise<Answer> {
  return answerWithin(within, (resolve, reject) => {
    const given = client.query(statement, (error, answer) => {
      if (answer === undefined) reject(error);
      else resolve(answer);
    });
    given?.then(resolve, reject);
  });
}

/** The answer to what is sent, if it comes in time. */
export function answerWithin<T>(
  within: number | undefined,
  send: (resolve: (answer: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`no answer within ${within} ms`));
    const timer = within === undefined ? undefined : setTimeout(late, within);
    send(
      (answer) => {
        clearTimeout(timer);
        resolve(answer);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** Adds or takes away a listener of a pool. */
export interface PoolListening {
  (event: "error", listener: (error: Error) => void): unknown;
  (event: "connect", listener: (client: Listenable) => void): unknown;
}

/** The part of a pool of `pg` that the store uses. Anything that does the same can be handed in. */
export interface PoolHandle {
  /** Checks a client out. */
  connect(): Promise<ClientHandle>;
  /** Closes all connections. The store calls it only for a pool of its own. */
  end(): Promise<unknown>;
  /** Listens for connections that break while nobody uses them, and for those that are made. */
  readonly on?: PoolListening;
  /** Listens no more. */
  readonly removeListener?: PoolListening;
}

/** What stands in a column. */
export type Value = string | number | bigint | boolean | null | Uint8Array | object;
/** One row of a result. */
export type Row = { readonly [column: string]: Value };

// Object ids of types, https://www.postgresql.org/docs/current/catalog-pg-type.html
const parsers: { readonly [type: number]: (value: string) => Value } = {
  16: (value) => value === "t",
  17: bytesOf,
  20: Number,
  21: Number,
  23: Number,
  701: Number,
  2950: (value) => value.replaceAll("-", ""),
  3802: (value) => JSON.parse(value) as object,
};
/** Bytes are written as \x and two digits each; or, where the server was told so, as they are, but for some in octal digits. */
function bytesOf(value: string): Uint8Array {
  if (value.startsWith("\\x")) return Buffer.from(value.slice(2), "hex");
  const plain = value.replace(/\\(\\|[0-3][0-7]{2})/g, (_, escaped: string) =>
    escaped === "\\" ? "\\" : String.fromCharCode(Number.parseInt(escaped, 8)),
  );
  return Buffer.from(plain, "latin1");
}

const asText = (value: string): string => value;

/** How columns are read, whatever the application has set for its own. */
export const types: TypeParsers = {
  getTypeParser: (type) => parsers[type] ?? asText,
};

/** A number out of a row. */
export function int(value: Value | undefined): number {
  return Number(value ?? 0);
}

/** Bytes out of a row. */
export function bytes(value: Value | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}

/** A digest out of a row, in hex. */
export function digest(value: Value | undefined): string {
  return typeof value === "string" ? value.replaceAll("-", "") : "";
}

/** Text out of a row. */
export function text(value: Value | undefined): string {
  return typeof value === "string" ? value : "";
}

/** Sealed bytes out of rows, where there are any. */
export function bodiesOf(rows: readonly (Row | undefined)[], column = "body"): Uint8Array[] {
  return rows.flatMap((row) => (row?.[column] instanceof Uint8Array ? [row[column]] : []));
}
