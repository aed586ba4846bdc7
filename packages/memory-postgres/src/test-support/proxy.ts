import { once } from "node:events";
import { createServer, connect, type AddressInfo, type Socket } from "node:net";

/** What becomes of bytes on their way between a store and its server. */
export interface Proxy {
  readonly port: number;
  /** From now on: pass on, say nothing of what the server answers, hold everything back, or refuse to connect. */
  mode: "pass" | "mute" | "hold" | "refuse";
  /** Bytes that the store sent which hold this text are passed on, and then the answer is dropped and the connection cut. */
  cutAfter: string | undefined;
  /** Is told when that has happened. */
  readonly cuts: number;
  /** Cuts all connections. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts a proxy before a server. */
export async function startProxy(port: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let cuts = 0;
  const server = createServer((near) => {
    if (proxy.mode === "refuse") return void near.destroy();
    const far = connect(port, "127.0.0.1");
    const pair = [near, far] as const;
    pairs.add(pair);
    let deaf = false;
    const end = (): void => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on("error", end).on("close", end);
    near.on("data", (bytes) => {
      if (proxy.mode === "hold") return;
      if (proxy.cutAfter !== undefined && bytes.includes(proxy.cutAfter)) {
        deaf = true;
        proxy.cutAfter = undefined;
      }
      far.write(bytes);
    });
    far.on("data", (bytes) => {
      if (deaf) {
        // The server has answered, so it has done it; nobody will hear of it.
        cuts++;
        return end();
      }
      if (proxy.mode === "pass") near.write(bytes);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: Proxy = {
    port: (server.address() as AddressInfo).port,
    mode: "pass",
    cutAfter: undefined,
    get cuts() {
      return cuts;
    },
    cut() {
      for (const [near, far] of pairs) {
        near.destroy();
        far.destroy();
      }
      pairs.clear();
    },
    async close() {
      proxy.cut();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
