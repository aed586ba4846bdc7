import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { startPostgres } from "../../scripts/postgres-server.ts";

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

/** Starts a server and a proxy before it. Processes are killed here, not the machine: the disk is not waited for. */
export async function startClusterServer(): Promise<ClusterServer> {
  const server = await startPostgres({ own: true, settings: { max_connections: 200 } });

  const sockets = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(server.port, "127.0.0.1");
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
    url: server.url,
    cutUrl: server.url.replace(`:${server.port}/`, `:${(proxy.address() as AddressInfo).port}/`),
    cut,
    async restart() {
      await server.halt();
      await server.start();
    },
    async stop() {
      proxy.close();
      cut();
      await server.stop();
    },
  };
}
