import { main } from "./cli/main.ts";

const stop = new AbortController();
// The first Ctrl-C stops the run in an orderly way; the second is left to the system.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => stop.abort(signal));
}

// A reader that has seen enough (`brainops demo | head -1`) asks to stop, too.
process.stdout.on("error", () => stop.abort("EPIPE"));

process.exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
});
