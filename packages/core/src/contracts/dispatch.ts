import type { JsonObject } from "./json.ts";

/** A run that somebody should go on with. */
export interface Ticket {
  /** Id of the run. */
  readonly run: string;
  /** Name of the graph that the run is of. */
  readonly graph: string;
  /** Of the graph that had the run last. */
  readonly version: string;
  /** Of the graph that had the run last: it goes on with that, or with one that continues its version. */
  readonly fingerprint: string;
  /** Scope that the run remembers in: a dispatch is fair between scopes. */
  readonly scope: string;
  /** Runs of a higher number go first. Default 0. */
  readonly priority?: number;
  /** Groups runs, where it is limited how many of one key go on at once. */
  readonly key?: string;
}

/** A graph that a worker knows, and the runs that it can go on with. A `Graph` is one. */
export interface KnownGraph {
  /** Name of the graph, as it was registered. */
  readonly name: string;
  /** The runs that it had last. Left out: runs of every version. */
  readonly fingerprint?: string;
  /** Earlier versions whose runs it goes on with. Default: none. */
  readonly continues?: readonly string[];
}

/** What a worker asks for. */
export interface TicketRequest {
  /** How many runs it can take now. */
  readonly limit: number;
  /** The graphs that it knows, in every version that it has. */
  readonly graphs: readonly KnownGraph[];
  /** Runs that are not for it, as it has found. */
  readonly except: ReadonlySet<string>;
  /** What time it is by the store's clock: milliseconds since 1970. */
  readonly now: number;
  /** Aborted when the worker stops while it is waiting for tickets. */
  readonly signal: AbortSignal;
}

/**
 * Tells workers which runs need somebody: what was submitted, whose time has come, for whom something was left, and whose
 * worker has died. It only proposes: who goes on with a run is decided by the journal, since taking a run is an append that
 * just one can make. The default reads the wakes of the store; an adapter to a queue engine can take its place, and proves
 * itself with `dispatchSuite` of `@brainops/core/testing`.
 */
export interface Dispatch {
  /** What it is called in messages, such as `store`. */
  readonly name: string;
  /**
   * Up to `limit` runs that are due and that a graph of the request can go on with, higher priorities first and fair between
   * scopes: none waits behind another's many. May be none.
   */
  take(request: TicketRequest): Promise<readonly Ticket[]>;
  /** Told when the worker is through with a ticket, and what went wrong if something did. */
  done(ticket: Ticket, error?: unknown): Promise<void>;
  /** Told when the worker has stopped. */
  close(): Promise<void>;
}

/** What stands with the wake of a run (`run/ID`), and of its inbox (`inbox/ID`). */
export type RunWake = JsonObject &
  Omit<Ticket, "run"> & {
    /** Who is at work on it, until the time of the wake. */
    readonly holder?: string;
    /** How often in a row its holder has died without getting any further. */
    readonly deaths?: number;
  };
