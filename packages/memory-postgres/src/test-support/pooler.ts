import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A pooler in transaction mode, as small as can be: hands each transaction to another connection of the server. */
export interface Pooler {
  readonly port: number;
  /** How many transactions went through. */
  readonly transactions: number;
  close(): Promise<void>;
}

/** A connection to the server, and the client that it serves at the moment. */
interface Backend {
  readonly socket: Socket;
  client: Socket | undefined;
}

/** Splits what arrives into messages of the protocol: a type, then a length that counts itself. */
function* messages(state: { rest: Buffer }, chunk: Buffer): Generator<Buffer> {
  state.rest = Buffer.concat([state.rest, chunk]);
  while (state.rest.length >= 5) {
    const end = 1 + state.rest.readUInt32BE(1);
    if (state.rest.length < end) return;
    yield state.rest.subarray(0, end);
    state.rest = state.rest.subarray(end);
  }
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5, type, "latin1");
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Starts a pooler with so many connections to a server. */
export async function startPooler(url: string, connections: number): Promise<Pooler> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const idle: Backend[] = [];
  const all: Backend[] = [];
  const waiting: ((backend: Backend) => void)[] = [];
  let transactions = 0;

  const free = (backend: Backend): void => {
    backend.client = undefined;
    const next = waiting.shift();
    if (next === undefined) idle.push(backend);
    else next(backend);
  };
  const open = async (): Promise<void> => {
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    const backend: Backend = { socket, client: undefined };
    all.push(backend);
    const state = { rest: Buffer.alloc(0) };
    let ready: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (ready = resolve));
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      for (const one of messages(state, chunk)) {
        const type = String.fromCharCode(one[0] ?? 0);
        // The server asks for the password in the clear.
        if (type === "R" && one.readUInt32BE(5) === 3) socket.write(message("p", text(password)));
        backend.client?.write(one);
        if (type !== "Z") continue;
        ready();
        // Idle: the transaction is over, and the connection goes to whoever comes next.
        if (String.fromCharCode(one[5] ?? 0) === "I") free(backend);
      }
    });
    const body = Buffer.concat([
      number(196_608),
      text("user"),
      text(username),
      text("database"),
      text(pathname.slice(1)),
      Buffer.of(0),
    ]);
    socket.write(Buffer.concat([number(body.length + 4), body]));
    await done;
  };
  await Promise.all(Array.from({ length: connections }, open));

  const server = createServer((client) => {
    let started = false;
    let backend: Backend | undefined;
    let asked = Promise.resolve();
    client.on("error", () => undefined);
    const state = { rest: Buffer.alloc(0) };
    client.on("data", (chunk: Buffer) => {
      if (!started) {
        started = true;
        client.write(message("R", number(0)));
        client.write(message("S", Buffer.concat([text("client_encoding"), text("UTF8")])));
        client.write(message("Z", Buffer.from("I")));
        return;
      }
      for (const one of messages(state, chunk)) {
        if (one[0] === 0x58) return;
        const copy = Buffer.from(one);
        asked = asked.then(async () => {
          if (backend?.client !== client) {
            // Always the connection that was used longest ago, so never the same one twice in a row.
            backend = idle.shift() ?? (await new Promise<Backend>((resolve) => waiting.push(resolve)));
            backend.client = client;
            transactions++;
          }
          backend.socket.write(copy);
        });
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get transactions() {
      return transactions;
    },
    async close() {
      server.close();
      for (const { socket } of all) socket.destroy();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
