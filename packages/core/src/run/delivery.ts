import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import { fromErrorValue, stoppedByErasure } from "./errors.ts";
import type { RunContext } from "./run-context.ts";

/** Entries that settle a call. */
export type Outcomes = Extract<Entry, { type: "effect-completed" | "effect-failed" | "woken" }>;

/** Settles the calls of one try of a node, one by one. */
export interface Delivery {
  /** Registers a call; its promise is settled by the loop alone. */
  wait(call: number, name: string, input: Json): Promise<Json>;
  /** Hands in an outcome that is journaled. */
  arrive(entry: Outcomes, cause?: unknown): void;
  /** Hands in what an earlier try has finished already. It goes before everything else, so that no timing plays a part. */
  reuse(entry: Outcomes): void;
  /** Marks a call as waiting for a person, or no longer so. */
  block(call: number, blocked: boolean): void;
  /** Says that the node wants something of which the journal has nothing. */
  starve(name: string): void;
  /** Nothing is delivered any more. Unless the try was `cutOff`, checks that every journaled outcome was asked for. */
  close(cutOff: boolean): void;
}

interface Pending {
  readonly name: string;
  readonly input: Json;
  resolve(value: Json): void;
  reject(error: unknown): void;
  blocked: boolean;
}

/**
 * Makes the delivery loop of one try; it is the same live and in replay. An outcome is delivered only when the node
 * is quiet (it has nothing left to do but wait); then the node runs until it is quiet again. What the journal has
 * comes first, in its order; then, live, what arrives, in the order in which it was journaled.
 */
export function createDelivery(
  run: RunContext,
  options: {
    readonly recorded: Outcomes[];
    readonly starved: (name: string, input: Json) => void;
    readonly skipped: (entry: Outcomes) => void;
  },
): Delivery {
  const { recorded } = options;
  const pending = new Map<number, Pending>();
  const reused: Outcomes[] = [];
  const arrivals: { readonly entry: Outcomes; readonly cause?: unknown }[] = [];
  let pumping = false;
  let parked = false;
  let closed = false;

  function park(now: boolean): void {
    if (now === parked) return;
    parked = now;
    run.active(now ? -1 : 1);
  }

  function pump(): void {
    if (pumping) return;
    pumping = true;
    setImmediate(turn);
  }

  /** The node has had a turn of the event loop, and what it did at once is done. */
  function turn(): void {
    // What nobody waits for needs no turn to see that: the next call begins anew.
    if (!closed && !run.stopped && deliverNext() && pending.size > 0) {
      setImmediate(turn);
      return;
    }
    pumping = false;
    if (!closed && !run.stopped) settleDown();
  }

  function deliverNext(): boolean {
    // In the order of the journal, so that the node goes the way it went then.
    const earlier = reused.sort((a, b) => a.position - b.position).shift();
    if (earlier !== undefined) {
      deliver(earlier);
      return true;
    }
    const next = recorded[0];
    if (next !== undefined) {
      if (!pending.has(next.call)) return false;
      recorded.shift();
      deliver(next);
      return true;
    }
    const arrival = arrivals.shift();
    if (arrival !== undefined) deliver(arrival.entry, arrival.cause);
    return arrival !== undefined;
  }

  /** The node is quiet, and there is nothing to deliver. */
  function settleDown(): void {
    const [waiting] = pending.values();
    if (waiting === undefined) return;
    const [skipped] = recorded;
    if (skipped !== undefined) options.skipped(skipped);
    else if (run.replaying) options.starved(waiting.name, waiting.input);
    else park([...pending.values()].every((call) => call.blocked));
  }

  function deliver(entry: Outcomes, cause?: unknown): void {
    const call = pending.get(entry.call);
    pending.delete(entry.call);
    if (entry.body === undefined) run.stop(stoppedByErasure(entry.position));
    else if (entry.type === "woken") wake(entry, call);
    else if (entry.type === "effect-completed") call?.resolve(entry.body.result ?? null);
    else call?.reject(fromErrorValue(entry.body.error, cause));
  }

  function wake(entry: Extract<Outcomes, { type: "woken" }>, call: Pending | undefined): void {
    if (entry.expired && entry.for !== "time") call?.reject(late(entry));
    else call?.resolve(entry.body?.value ?? null);
  }

  return {
    wait(call, name, input) {
      return new Promise<Json>((resolve, reject) => {
        pending.set(call, { name, input, resolve, reject, blocked: false });
        pump();
      });
    },
    arrive(entry, cause) {
      if (closed) return;
      arrivals.push(cause === undefined ? { entry } : { entry, cause });
      pump();
    },
    reuse(entry) {
      reused.push(entry);
      pump();
    },
    block(call, blocked) {
      const waiting = pending.get(call);
      if (waiting !== undefined) waiting.blocked = blocked;
      if (blocked) pump();
      else park(false);
    },
    starve: (name) => options.starved(name, null),
    close(cutOff) {
      closed = true;
      park(false);
      if (run.stopped || cutOff) return;
      // A call that the node made but did not wait for is no divergence.
      const skipped = recorded.find((entry) => !pending.has(entry.call));
      if (skipped !== undefined) options.skipped(skipped);
    },
  };
}

function late({ wait, for: what }: Extract<Outcomes, { type: "woken" }>): BrainOpsError {
  return new BrainOpsError(
    "timeout",
    `Nothing came in time for '${wait}', which waited for ${what === "answer" ? "an answer" : "a signal"}. Give it more time (timeoutMs), or go on without.`,
    { details: { wait } },
  );
}
