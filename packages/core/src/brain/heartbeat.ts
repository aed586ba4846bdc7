import type { Clock } from "../contracts/clock.ts";
import { isBrainOpsError } from "../contracts/error.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import type { Execution } from "../run/execute.ts";
import type { Writer } from "../run/writer.ts";
import { aboutRun, inboxKey, queueOf, type Leases, type Named } from "./leases.ts";
import type { LookUp } from "./live-runs.ts";

/** A run that is under way in this process. */
export interface Held {
  /** What others must know of it now. */
  named(): Named;
  readonly execution: Pick<Execution, "lose">;
  readonly writer: Pick<Writer, "say">;
  /** When it was said last that it is held, by the store's clock. */
  heldAt: number;
  /** How many workers in a row have died of it before this one. */
  readonly deaths: number;
}

const beatMs = 1000;
/** Up to so many runs, each one's inbox is asked for; of more, what is due is read at once, unless it is too much. */
const askEach = 32;
const mostDue = 1024;

/**
 * While runs are under way: says now and then that they are held, and looks whether other processes have left something for
 * them. A beat that fails is made up for by the next; a run whose lease runs out is at worst taken over. What is said about a
 * run is said at the end of its journal as this process knows it, so that one who has lost a run finds it out, stops, and
 * changes nothing.
 */
export function createHeartbeat(
  store: Store,
  clock: Clock,
  leases: Leases,
  { live, feed }: { readonly live: LookUp<Held>; feed(run: string): Promise<boolean> },
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
    const due = live.values().filter(({ heldAt }) => now - heldAt >= leases.leaseMs / 3);
    if (due.length > 0) {
      await leases.adjust();
      await Promise.all(due.map((held) => hold(held, now)));
    }
    await lookIntoInboxes();
  }

  async function hold(held: Held, now: number): Promise<void> {
    if ((await say(held, leases.hold(held.named(), held.deaths))) === "said") held.heldAt = now;
  }

  /** Says something about a run that is still ours, as far as is known. */
  async function say(held: Held, write: Write): Promise<"said" | "perhaps" | "lost"> {
    try {
      await held.writer.say([write]);
      return "said";
    } catch (error) {
      if (!isBrainOpsError(error, "ownership_lost")) return "perhaps";
      held.execution.lose(error);
      return "lost";
    }
  }

  async function lookIntoInboxes(): Promise<void> {
    for (const run of await withInbox()) {
      const held = live.get(run);
      if (held === undefined) continue;
      const wake = { type: "wake" as const, key: inboxKey(run) };
      // Taken away before looking: what is left from now on makes a new one. It may be gone although nobody said so.
      if ((await say(held, { ...wake, at: null })) === "lost" || (await feed(run))) continue;
      // It came to rest meanwhile, so somebody must go on with it.
      const named = held.named();
      const about = { data: aboutRun(named), queue: queueOf(named, "due") };
      const again: Write = { ...wake, at: leases.now(), ...about };
      await commitSurely(store, uuid7(clock.now()), [again]);
    }
  }

  async function withInbox(): Promise<readonly string[]> {
    const now = leases.now();
    if (live.size > askEach) {
      const due = await store.due(now, mostDue);
      // Behind a long queue of others, those of the runs here may not be among the first.
      if (due.length < mostDue)
        return due.flatMap(({ key }) => (key.startsWith("inbox/") ? [key.slice("inbox/".length)] : []));
    }
    const runs = live.ids();
    const wakes = await Promise.all(runs.map((run) => store.wake(inboxKey(run))));
    return runs.filter((_, index) => (wakes[index]?.at ?? Infinity) <= now);
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
