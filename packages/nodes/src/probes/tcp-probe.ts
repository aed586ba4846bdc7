import { connect } from "node:net";
import { timed, type Probe } from "./probe.ts";

/**
 * Well when something accepts a connection at a host's port.
 *
 * @example
 * ```ts
 * import { tcpProbe } from "@brainops/nodes";
 * const probe = tcpProbe({ name: "port", subject: "db", port: 5432, timeoutMs: 500 });
 * ```
 */
export function tcpProbe(options: {
  /** Unique among the probes of a Monitor. */
  readonly name: string;
  /** What a fault that it notices is about, such as the database's name. */
  readonly subject: string;
  /** Port that must accept a connection. */
  readonly port: number;
  /** Where the port is. Default `127.0.0.1`. */
  readonly host?: string;
  /** Milliseconds for one look. Default 1,000. */
  readonly timeoutMs?: number;
}): Probe {
  const { name, subject, port, host = "127.0.0.1", timeoutMs = 1_000 } = options;
  return {
    name,
    kind: "tcp",
    subject,
    check: (signal) =>
      timed(
        name,
        () =>
          new Promise((resolve) => {
            const socket = connect({ port, host, signal });
            const end = (ok: boolean, detail: string): void => {
              socket.destroy();
              resolve([ok, detail]);
            };
            socket.setTimeout(timeoutMs, () => end(false, `no connection within ${timeoutMs} ms`));
            socket.once("connect", () => end(true, "connected"));
            socket.once("error", (error) => end(false, error.message));
          }),
      ),
  };
}
