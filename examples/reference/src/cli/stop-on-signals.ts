const signals = ["SIGINT", "SIGTERM"] as const;
/** One press of Ctrl-C comes more than once: from the terminal, and from npm or the starter that hand it on. In milliseconds. */
const echoMs = 500;

/** What is needed of a process. */
export interface Signalled {
  readonly pid: number;
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  kill(pid: number, signal: NodeJS.Signals): unknown;
}

/** Stops in an orderly way at the first signal. The second one, whichever it is, is left to the system. */
export function stopOnSignals(process: Signalled, stop: AbortController): void {
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
  const stopOnce = (signal: NodeJS.Signals): void => {
    if (first === undefined) {
      first = { signal, at: performance.now() };
      stop.abort(signal);
    } else if (signal !== first.signal || performance.now() - first.at > echoMs) {
      for (const each of signals) process.off(each, stopOnce);
      process.kill(process.pid, signal);
    }
  };
  for (const signal of signals) process.on(signal, stopOnce);
}
