import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What the fake vendors have counted. */
export interface VendorCounts {
  readonly requests: number;
  readonly failures: number;
  /** Connections ever, and now. */
  readonly opened: number;
  readonly open: number;
}

/** Fake vendors in a process of their own, on the loopback. */
export interface Vendors {
  /** Their address. The first part of a path says how they answer: `/ok`, `/529`, … */
  readonly url: string;
  counts(): Promise<VendorCounts>;
  stop(): Promise<void>;
}

/** Starts the fake vendors. */
export async function startVendors(): Promise<Vendors> {
  const child = fork(fileURLToPath(new URL("server.ts", import.meta.url)), { execArgv: [] });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    url: `http://127.0.0.1:${port}`,
    async counts() {
      const answer = once(child, "message");
      child.send("counts");
      return ((await answer) as [VendorCounts])[0];
    },
    async stop() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}
