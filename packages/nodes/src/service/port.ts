import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Whether a port on 127.0.0.1 can be listened on, now or within a second: who held it may just be ending. */
export async function portFreeSoon(port: number): Promise<boolean> {
  for (let left = 20; left > 0; left--) {
    if (await portFree(port)) return true;
    await delay(50);
  }
  return false;
}

function portFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** A port on 127.0.0.1 that is free now. */
export function pickPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
