import type { Clock } from "../contracts/clock.ts";
import type { Store } from "../contracts/store.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import { inboxKey, type Leases, type Named } from "./leases.ts";

/** A run that is under way in this process. */
export interface Held {
  readonly named: Named;
  /** When it was said last that it is held, by the store's clock. */
  heldAt: number;
  /** How many workers in a row have died of it before this one. */
  readonly deaths: number;
}

const beatMs = 1000;

/**
 * While runs are under way: says now and then that they are held, and looks whether other processes have left something for
 * them. A beat that fails is made up for by the next; a run whose lease runs out is at worst taken over.
 */
export function createHeartbeat(
  store: Store,
  clock: Clock,
  leases: Leases,
  { live, feed }: { readonly live: ReadonlyMap<string, Held>; feed(run: string): Promise<boolean> },
): { start(): void; stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let beating: Promise<void> | undefined;

  async function beat(): Promise<void> {
    if (live.size === 0) {
      clearInterval(timer);
      timer = undefined;
      return;
    }
    const now = leases.now();
    const due = [...live.values()].filter(({ heldAt }) => now - heldAt >= leases.leaseMs / 3);
    if (due.length > 0) {
      await leases.adjust();
      const holds = due.map(({ named, deaths }) => leases.hold(named, deaths));
      await commitSurely(store, uuid7(clock.now()), holds);
      for (const held of due) held.heldAt = now;
    }
    await lookIntoInboxes();
  }

  async function lookIntoInboxes(): Promise<void> {
    for (const { key } of await store.due(leases.now())) {
      const run = key.startsWith("inbox/") ? key.slice("inbox/".length) : "";
      const held = live.get(run);
      if (held === undefined) continue;
      const wake = { type: "wake" as const, key: inboxKey(run) };
      // Taken away before looking: what is left from now on makes a new one.
      await commitSurely(store, uuid7(clock.now()), [{ ...wake, at: null }]);
      if (await feed(run)) continue;
      // It came to rest meanwhile, so somebody must go on with it.
      const { graph, scope } = held.named;
      await commitSurely(store, uuid7(clock.now()), [{ ...wake, at: leases.now(), data: { graph, scope } }]);
    }
  }

  return {
    start() {
      if (timer !== undefined) return;
      timer = setInterval(() => {
        beating ??= beat()
          .catch(() => {})
          .finally(() => (beating = undefined));
      }, beatMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await beating;
    },
  };
}
