/** What a function of the store is given. */
export type Argument = string | number | Uint8Array | null;

/** The part of a connection of `pg` that a query is handed when it is submitted. */
interface Connection {
  /** Texts of the statements that the server has prepared on this connection, by their names. */
  readonly parsedStatements: { readonly [name: string]: string | undefined };
  readonly stream: { write(bytes: Uint8Array): unknown };
}

/** A client that lets a query send itself (`query.submit`). One that keeps several statements under way does not. */
interface Submitting {
  query(call: FunctionCall): unknown;
}

/** Whether a client is one of `pg` that takes calls. Anything else that answers statements can be handed in, too. */
export function takesCalls(client: object): client is Submitting {
  const { connection, pipeline } = client as { connection?: Partial<Connection>; pipeline?: unknown };
  return (
    pipeline !== true &&
    typeof connection?.parsedStatements === "object" &&
    typeof connection.stream?.write === "function"
  );
}

/** A call as all calls of its function are sent. */
export interface Callable {
  /** Under which a connection keeps it prepared. */
  readonly name: string;
  readonly text: string;
}

/**
 * One call of a function, as a client of `pg` takes a query that sends itself. All of it is one write, and the server is not
 * asked what the result looks like, since that is known: it is the text of one value. A query of `pg` costs the process as much
 * again as the server needs for an insert (docs/decisions/0018).
 */
export class FunctionCall implements Callable {
  readonly name: string;
  readonly text: string;
  readonly bytes: Buffer;
  result: string | null = null;
  /** A client that has a time for its queries puts its own in the place of this. */
  callback: (error: Error | null, result: string | null) => void;

  constructor({ name, text }: Callable, values: readonly Argument[], callback: FunctionCall["callback"]) {
    this.name = name;
    this.text = text;
    // Made before anything is sent: what cannot be put into bytes leaves the connection as it was.
    this.bytes = bindAndExecute(name, values);
    this.callback = callback;
  }

  submit(connection: Connection): null {
    if (connection.parsedStatements[this.name] === undefined) connection.stream.write(parse(this.name, this.text));
    connection.stream.write(this.bytes);
    return null;
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.result = fields[0] ?? null;
  }

  handleReadyForQuery(): void {
    this.callback(null, this.result);
  }

  handleError(error: Error): void {
    this.callback(error, null);
  }

  handleRowDescription(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}

// Messages of the protocol, https://www.postgresql.org/docs/current/protocol-message-formats.html
const [parseCode, bindCode] = [0x50, 0x42];
// Execute the portal without a name to its end, and Sync.
const executeAndSync = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);

function parse(name: string, text: string): Buffer {
  const size = 4 + Buffer.byteLength(name) + 1 + Buffer.byteLength(text) + 1 + 2;
  const message = Buffer.alloc(1 + size);
  message[0] = parseCode;
  message.writeInt32BE(size, 1);
  const end = 5 + message.write(name, 5);
  message.write(text, end + 1);
  return message;
}

/** Bind, with texts as texts and bytes as bytes, and what follows it. */
function bindAndExecute(name: string, values: readonly Argument[]): Buffer {
  const given = values.map((value) => (typeof value === "number" ? String(value) : value));
  let size = 4 + 1 + Buffer.byteLength(name) + 1 + 2 + 2 * given.length + 2 + 4 * given.length + 2;
  for (const value of given)
    if (value !== null) size += typeof value === "string" ? Buffer.byteLength(value) : value.length;
  const message = Buffer.allocUnsafe(1 + size + executeAndSync.length);
  message[0] = bindCode;
  message.writeInt32BE(size, 1);
  // The portal has no name.
  message[5] = 0;
  let at = 6 + message.write(name, 6);
  message[at++] = 0;
  at = message.writeInt16BE(given.length, at);
  for (const value of given) at = message.writeInt16BE(value === null || typeof value === "string" ? 0 : 1, at);
  at = message.writeInt16BE(given.length, at);
  for (const value of given) {
    if (value === null) {
      at = message.writeInt32BE(-1, at);
      continue;
    }
    const start = at + 4;
    if (typeof value === "string") at = start + message.write(value, start);
    else {
      message.set(value, start);
      at = start + value.length;
    }
    message.writeInt32BE(at - start, start - 4);
  }
  // Results as texts.
  at = message.writeInt16BE(0, at);
  message.set(executeAndSync, at);
  return message;
}
