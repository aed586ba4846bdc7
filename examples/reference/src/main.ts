import { main } from "./cli/main.ts";
import { stopOnSignals } from "./cli/stop-on-signals.ts";

const stop = new AbortController();
stopOnSignals(process, stop);

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
