import { exitFailed } from "./cli/command.ts";
import { main } from "./cli/main.ts";
import { stopOnSignals } from "./cli/stop-on-signals.ts";

const stop = new AbortController();
stopOnSignals(process, stop);

let unsaid = false;
// A reader that has seen enough (`brainops demo | head -1`) asks to stop, too. Where it cannot be written (a full disk), what
// is there is not what was asked for, and nobody may take it for that.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  stop.abort("EPIPE");
  if (error.code === "EPIPE" || unsaid) return;
  unsaid = true;
  process.exitCode = exitFailed;
  process.stderr.write(`brainops: The output could not be written: ${error.message}. Only a part of it is there.\n`);
});

const code = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
});

process.exitCode = unsaid ? exitFailed : code;

// What was told to stop has had its time: nothing that is left of it keeps the process.
if (stop.signal.aborted) setTimeout(() => process.exit(), 1000).unref();
