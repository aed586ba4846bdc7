/** Where time comes from. The runner, stores and chains ask a clock, never the system, so that tests can bring their own. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with `aborted` when the signal is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
