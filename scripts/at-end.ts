// What is tidied up when the process ends, also by a signal.

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const ends = new Set<() => void>();

/**
 * Does something when the process ends, unless it is told before that there is no need any more. A signal ends the process as
 * ever; where others listen for it, they say when it ends.
 */
export function atEnd(end: () => void): () => void {
  if (ends.size === 0) {
    process.on("exit", endAll);
    for (const signal of signals) process.on(signal, endBySignal);
  }
  ends.add(end);
  return () => {
    if (!ends.delete(end) || ends.size > 0) return;
    process.off("exit", endAll);
    for (const signal of signals) process.off(signal, endBySignal);
  };
}

function endAll(): void {
  for (const end of ends) end();
}

function endBySignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  endAll();
  process.off(signal, endBySignal);
  process.kill(process.pid, signal);
}
