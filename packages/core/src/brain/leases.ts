import type { Clock } from "../contracts/clock.ts";
import type { RunWake, Ticket } from "../contracts/dispatch.ts";
import type { Store } from "../contracts/store.ts";
import type { WakeQueue, Write } from "../contracts/write.ts";

/** A run, and what whoever dispatches it must know. */
export type Named = Ticket;

/** The wake that says when a run needs somebody. Only the run's owner writes it. */
export const runKey = (run: string): string => `run/${run}`;
/** The wake that says that something was left for a run. Everybody writes it; its owner takes it away, and then looks. */
export const inboxKey = (run: string): string => `inbox/${run}`;

/** Nobody need look at a run any more. */
export function noWakes(run: string): Write[] {
  return [runKey(run), inboxKey(run)].map((key) => ({ type: "wake", key, at: null }));
}

/** What whoever dispatches a run must know, as it stands with a wake. */
export function aboutRun({ graph, version, fingerprint, scope, priority, key }: Named): RunWake {
  return {
    graph,
    version,
    fingerprint,
    scope,
    ...(priority === undefined ? {} : { priority }),
    ...(key === undefined ? {} : { key }),
  };
}

/**
 * Where a run waits: each version of a graph has a queue for each priority. Who is due waits in the lane of its scope and key, so
 * that scopes have their turns; what others have in hand, or whose time is to come, lies in one lane by its time, so that whoever
 * looks for a scope with something due passes it by.
 */
export function queueOf({ fingerprint, priority = 0, scope, key }: Named, when: "due" | "later"): WakeQueue {
  const lane = key === undefined ? scope : `${scope}//${key}`;
  return { name: `${fingerprint}/${priority}`, lane: when === "due" ? lane : "/later" };
}

/**
 * Says in the store who is at work on what, and until when nobody else should go on with it. That is advice, so that
 * nobody disturbs a living owner; what protects a journal is that only one append can come at a position.
 */
export interface Leases {
  /** Keeps a run with this process for a while. */
  hold(named: Named, deaths?: number): Write;
  /** Lets a run go, to be looked at at a time of this process's clock, or only when something is left for it. */
  release(named: Named, at?: number): Write;
  /** Nobody need look at the run any more. */
  forget(run: string): Write[];
  /** The wake of a run, if there is one, and whether another process is at work on it. */
  look(run: string): Promise<{ readonly heldElsewhere: boolean; readonly wake?: RunWake }>;
  /** What time it is by the store's clock. */
  now(): number;
  /** Sets the process's clock beside the store's. */
  adjust(): Promise<void>;
  readonly leaseMs: number;
}

/** Makes the leases of one process. With `shared`, times are those of the store's clock; else those of `clock`. */
export function createLeases(
  store: Store,
  clock: Clock,
  { owner, leaseMs, shared }: { readonly owner: string; readonly leaseMs: number; readonly shared: boolean },
): Leases {
  let ahead = 0;
  const now = (): number => Math.round(clock.now() + ahead);
  return {
    hold: (named, deaths = 0) => ({
      type: "wake",
      key: runKey(named.run),
      at: now() + leaseMs,
      data: { ...aboutRun(named), holder: owner, ...(deaths === 0 ? {} : { deaths }) },
      queue: queueOf(named, "later"),
    }),
    release: (named, at) => ({
      type: "wake",
      key: runKey(named.run),
      at: at === undefined ? null : Math.max(0, Math.round(at + ahead)),
      data: aboutRun(named),
      queue: queueOf(named, at !== undefined && at <= clock.now() ? "due" : "later"),
    }),
    forget: noWakes,
    async look(run) {
      const found = await store.wake(runKey(run));
      if (found?.data === undefined) return { heldElsewhere: false };
      const wake = found.data as RunWake;
      return { wake, heldElsewhere: wake.holder !== undefined && wake.holder !== owner && found.at > now() };
    },
    now,
    async adjust() {
      if (shared) ahead = (await store.now()) - clock.now();
    },
    leaseMs,
  };
}
