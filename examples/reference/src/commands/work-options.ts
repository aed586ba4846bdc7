import { BrainOpsError } from "@brainops/core";
import type { OptionSpecs } from "../cli/option-spec.ts";
import type { Options } from "../cli/options.ts";

/** Option of the commands that work on one run. */
export const leaseSpec: OptionSpecs[string] = {
  value: "MS",
  help: "after how long 'serve' goes on with the run when its process has died; default 30000",
};

/** Options of the commands that stay at work. */
export const workSpecs: OptionSpecs = {
  port: { value: "N", help: "port of the health endpoint on 127.0.0.1; default: a free one, which is said" },
  concurrency: { value: "N", help: "how many runs it goes on with at once; default 8" },
  lease: { value: "MS", help: "after how long the runs of a process that has died are taken over; default 30000" },
};

/** What {@link workSpecs} were given. Throws `invalid_input`. */
export function numbersOfWork(options: Options): {
  readonly port: number;
  readonly concurrency: number | undefined;
  readonly leaseMs: number | undefined;
} {
  const port = options.whole("port") ?? 0;
  if (port > 65_535) throw new BrainOpsError("invalid_input", `--port must be from 0 to 65535, but it is ${port}.`);
  return { port, concurrency: atLeastOne(options, "concurrency"), leaseMs: atLeastOne(options, "lease") };
}

/** A whole number of 1 or more, when it was given. Throws `invalid_input`. */
export function atLeastOne(options: Options, name: string): number | undefined {
  const value = options.whole(name);
  if (value === 0) throw new BrainOpsError("invalid_input", `--${name} must be 1 or more, but it is 0.`);
  return value;
}
