import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { askPostgres, startPostgres } from "../../scripts/postgres-server.ts";

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
  /** Has the server fail, and a standby take its place. */
  failOver(): Promise<void>;
  stop(): Promise<void>;
}

/** How a standby is kept: so that it has all that is acknowledged, or so that it lacks the last of it when the server fails. */
export type Replication = "synchronous" | "asynchronous";

const settings = { max_connections: 200 };

/** Starts a server with a standby. They have one address, with both hosts. */
export async function startReplicated(replication: Replication): Promise<ClusterServer> {
  const server = await startPostgres({ own: true, settings });
  const standby = await startPostgres({ own: true, settings, standbyOf: server });
  const attached = "select count(*)::int as n from pg_stat_replication where state = 'streaming'";
  while (((await askPostgres(server, attached)) as [{ n: number }])[0].n === 0) await sleep(50);
  if (replication === "synchronous")
    await askPostgres(server, "alter system set synchronous_standby_names = 'standby'", "select pg_reload_conf()");
  const url = server.url.replace(`:${server.port}/`, `:${server.port},127.0.0.1:${standby.port}/`);
  return {
    url,
    cutUrl: url,
    cut: () => undefined,
    async restart() {
      await server.halt();
      await server.start();
    },
    async failOver() {
      // What is written from now on does not reach it.
      if (replication === "asynchronous")
        await askPostgres(standby, "alter system set primary_conninfo = ''", "select pg_reload_conf()");
      await sleep(1000);
      await server.fail();
      await askPostgres(standby, "select pg_promote()");
    },
    async stop() {
      await server.stop();
      await standby.stop();
    },
  };
}

/** Starts a server and a proxy before it. Processes are killed here, not the machine: the disk is not waited for. */
export async function startClusterServer(): Promise<ClusterServer> {
  const server = await startPostgres({ own: true, settings });
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
    failOver: () => Promise.reject(new Error("There is no standby.")),
    async stop() {
      proxy.close();
      cut();
      await server.stop();
    },
  };
}
