import { main } from "./cli/main.ts";

const stop = new AbortController();
const signals = ["SIGINT", "SIGTERM"] as const;
// The first one stops in an orderly way; the second, whichever it is, is left to the system.
const stopOnce = (signal: NodeJS.Signals): void => {
  for (const each of signals) process.off(each, stopOnce);
  stop.abort(signal);
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
