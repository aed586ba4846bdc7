import { Agent, get } from "node:http";

/** What became of all requests. */
export interface Served {
  readonly sent: number;
  readonly answered: number;
  /** What was not answered with 200, by what happened. */
  readonly lost: { readonly [how: string]: number };
}

/** Requests at a steady rate, every other one on a new connection, the rest on connections that are kept open. */
export interface Customers {
  /** How many were sent so far. */
  sent(): number;
  stop(): Promise<Served>;
}

/** Starts {@link Customers}; they do not wait for answers before they ask again. */
export function customers(url: string, perSecond: number): Customers {
  // Gives up a connection that was idle before the server does, which keeps it for five seconds: else a request may meet
  // the end of its connection, whoever deploys what.
  const agent = new Agent({ keepAlive: true, timeout: 2_500 });
  const lost: Record<string, number> = {};
  const open = new Set<Promise<void>>();
  let sent = 0;
  let answered = 0;
  const began = performance.now();

  function ask(keep: boolean): Promise<void> {
    return new Promise((resolve) => {
      const fail = (how: string): void => {
        const name = `${how} (${keep ? "kept" : "new"} connection)`;
        lost[name] = (lost[name] ?? 0) + 1;
        resolve();
      };
      const call = get(`${url}/price`, { agent: keep ? agent : false, timeout: 5_000 }, (response) => {
        response.resume();
        response.on("error", (error) => fail(error.message));
        response.on("end", () => {
          if (response.statusCode !== 200) return fail(`HTTP ${response.statusCode}`);
          answered += 1;
          resolve();
        });
      });
      call.on("timeout", () => call.destroy(new Error("no answer in 5 s")));
      call.on("error", (error) => fail(error.message));
    });
  }
  const timer = setInterval(() => {
    const due = ((performance.now() - began) * perSecond) / 1_000;
    // A moment in which this process did not run is not made up for all at once.
    for (let left = 20; sent < due && left > 0; left--) {
      const asked = ask(sent++ % 2 === 0);
      open.add(asked);
      void asked.then(() => open.delete(asked));
    }
  }, 1);
  return {
    sent: () => sent,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      agent.destroy();
      return { sent, answered, lost };
    },
  };
}
