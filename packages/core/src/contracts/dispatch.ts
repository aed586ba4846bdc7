import type { JsonObject } from "./json.ts";

/** A run that somebody should go on with. */
export interface Ticket {
  readonly run: string;
  readonly graph: string;
  readonly scope: string;
  /** Runs of a higher number go first. Default 0. */
  readonly priority?: number;
  /** Groups runs, where it is limited how many of one key go on at once. */
  readonly key?: string;
}

/** What a worker asks for. */
export interface TicketRequest {
  /** How many runs it can take now. */
  readonly limit: number;
  /** Names of the graphs that it knows. */
  readonly graphs: readonly string[];
  /** Runs that are not for it, as it has found. */
  readonly except: ReadonlySet<string>;
  /** What time it is by the store's clock: milliseconds since 1970. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * Tells workers which runs need somebody: what was submitted, whose time has come, for whom something was left, and whose
 * worker has died. It only proposes: who goes on with a run is decided by the journal, since taking a run is an append that
 * just one can make. The default reads the wakes of the store; an adapter to a queue engine can take its place.
 */
export interface Dispatch {
  readonly name: string;
  /** Up to `limit` runs that are due, fair between scopes: none waits behind another's many. May be none. */
  take(request: TicketRequest): Promise<readonly Ticket[]>;
  /** Told when the worker is through with a ticket, and what went wrong if something did. */
  done(ticket: Ticket, error?: unknown): Promise<void>;
  /** Told when the worker has stopped. */
  close(): Promise<void>;
}

/** What stands with the wake of a run (`run/ID`), and of its inbox (`inbox/ID`). */
export type RunWake = JsonObject & {
  readonly graph: string;
  readonly scope: string;
  /** Runs of a higher number go first. Default 0. */
  readonly priority?: number;
  /** Runs of one key can be limited by adapters that can do so. */
  readonly key?: string;
  /** Who is at work on it, until the time of the wake. */
  readonly holder?: string;
  /** How often in a row its holder has died without getting any further. */
  readonly deaths?: number;
};
