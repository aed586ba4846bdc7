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

/** What is told of what the journal and the code do not agree about. */
export interface Disagreement {
  /** The node waits for something of which the journal has nothing. */
  onStarved(name: string, input: Json): void;
  /** The journal has an outcome that the node does not ask for. */
  onSkipped(entry: Outcomes): void;
}

/**
 * Makes the delivery loop of one try; it is the same live and in replay. An outcome is delivered only when the node
 * is quiet (it has nothing left to do but wait); then the node runs until it is quiet again. What the journal has
 * comes first, in its order; then, live, what arrives, in the order in which it was journaled.
 */
export function createDelivery(run: RunContext, recorded: Outcomes[], disagreement: Disagreement): Delivery {
  return new TryDelivery(run, recorded, disagreement);
}

interface Arrival {
  readonly entry: Outcomes;
  readonly cause: unknown;
}

/** A class, because every try with an effect has one. */
class TryDelivery implements Delivery {
  readonly run: RunContext;
  readonly recorded: Outcomes[];
  readonly disagreement: Disagreement;
  readonly pending = new Map<number, Pending>();
  reused: Outcomes[] | undefined = undefined;
  arrivals: Arrival[] = [];
  pumping = false;
  parked = false;
  closed = false;

  constructor(run: RunContext, recorded: Outcomes[], disagreement: Disagreement) {
    this.run = run;
    this.recorded = recorded;
    this.disagreement = disagreement;
  }

  park(now: boolean): void {
    if (now === this.parked) return;
    this.parked = now;
    this.run.active(now ? -1 : 1);
  }

  pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    setImmediate(takeTurn, this);
  }

  /** The node has had a turn of the event loop, and what it did at once is done. */
  turn(): void {
    const stopped = this.closed || this.run.stopped;
    // What nobody waits for needs no turn to see that: the next call begins anew.
    if (!stopped && this.deliverNext() && this.pending.size > 0) {
      setImmediate(takeTurn, this);
      return;
    }
    this.pumping = false;
    if (!this.closed && !this.run.stopped) this.settleDown();
  }

  deliverNext(): boolean {
    // In the order of the journal, so that the node goes the way it went then.
    const earlier = this.reused?.sort((a, b) => a.position - b.position).shift();
    if (earlier !== undefined) {
      this.deliver(earlier);
      return true;
    }
    const next = this.recorded[0];
    if (next !== undefined) {
      if (!this.pending.has(next.call)) return false;
      this.recorded.shift();
      this.deliver(next);
      return true;
    }
    const arrival = this.arrivals.shift();
    if (arrival !== undefined) this.deliver(arrival.entry, arrival.cause);
    return arrival !== undefined;
  }

  /** The node is quiet, and there is nothing to deliver. */
  settleDown(): void {
    const [waiting] = this.pending.values();
    if (waiting === undefined) return;
    const [skipped] = this.recorded;
    if (skipped !== undefined) this.disagreement.onSkipped(skipped);
    else if (this.run.replaying) this.disagreement.onStarved(waiting.name, waiting.input);
    else this.park([...this.pending.values()].every((call) => call.blocked));
  }

  deliver(entry: Outcomes, cause?: unknown): void {
    const call = this.pending.get(entry.call);
    this.pending.delete(entry.call);
    if (entry.body === undefined) this.run.stop(stoppedByErasure(entry.position));
    else if (entry.type === "woken") wake(entry, call);
    else if (entry.type === "effect-completed") call?.resolve(entry.body.result ?? null);
    else call?.reject(fromErrorValue(entry.body.error, cause));
  }

  wait(call: number, name: string, input: Json): Promise<Json> {
    return new Promise<Json>((resolve, reject) => {
      this.pending.set(call, { name, input, resolve, reject, blocked: false });
      this.pump();
    });
  }

  arrive(entry: Outcomes, cause?: unknown): void {
    if (this.closed) return;
    this.arrivals.push({ entry, cause });
    this.pump();
  }

  reuse(entry: Outcomes): void {
    (this.reused ??= []).push(entry);
    this.pump();
  }

  block(call: number, blocked: boolean): void {
    const waiting = this.pending.get(call);
    if (waiting !== undefined) waiting.blocked = blocked;
    if (blocked) this.pump();
    else this.park(false);
  }

  starve(name: string): void {
    this.disagreement.onStarved(name, null);
  }

  close(cutOff: boolean): void {
    this.closed = true;
    this.park(false);
    if (this.run.stopped || cutOff) return;
    // A call that the node made but did not wait for is no divergence.
    const skipped = this.recorded.find((entry) => !this.pending.has(entry.call));
    if (skipped !== undefined) this.disagreement.onSkipped(skipped);
  }
}

function takeTurn(delivery: TryDelivery): void {
  delivery.turn();
}

function wake(entry: Extract<Outcomes, { type: "woken" }>, call: Pending | undefined): void {
  if (entry.expired && entry.for !== "time") call?.reject(late(entry));
  else call?.resolve(entry.body?.value ?? null);
}

function late({ wait, for: what }: Extract<Outcomes, { type: "woken" }>): BrainOpsError {
  return new BrainOpsError(
    "timeout",
    `Nothing came in time for '${wait}', which waited for ${what === "answer" ? "an answer" : "a signal"}. Give it more time (timeoutMs), or go on without.`,
    { details: { wait } },
  );
}
