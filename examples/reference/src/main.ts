import { main } from "./cli/main.ts";

const stop = new AbortController();
const signals = ["SIGINT", "SIGTERM"] as const;
// One press of Ctrl-C comes more than once: from the terminal, and from npm or the starter that hand it on.
const echoMs = 500;
let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
// The first one stops in an orderly way; the second, whichever it is, is left to the system.
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

// A reader that has seen enough (`brainops demo | head -1`) asks to stop, too.
process.stdout.on("error", () => stop.abort("EPIPE"));

process.exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
});

// What was told to stop has had its time: nothing that is left of it keeps the process.
if (stop.signal.aborted) setTimeout(() => process.exit(), 1000).unref();
