import type { Io } from "./io.ts";
import type { OptionSpecs } from "./option-spec.ts";
import type { Options } from "./options.ts";
import type { Output } from "./output.ts";

/** What a command is handed. */
export interface Call {
  readonly options: Options;
  readonly output: Output;
  readonly io: Io;
}

/** One command of `brainops`. */
export interface Command {
  /** One word or two, such as `memory recall`. */
  readonly name: string;
  readonly summary: string;
  /** What stands after the name, such as `RUN`; each word is required. */
  readonly words?: readonly string[];
  /** An option that may be given in place of the words. */
  readonly instead?: string;
  readonly options?: OptionSpecs;
  /** More to say: a paragraph a line. */
  readonly details?: readonly string[];
  /** Does it and returns the exit code. */
  run(call: Call): Promise<number>;
}

/** It is as it should be. */
export const exitOk = 0;
/** It was tried and did not succeed. */
export const exitFailed = 1;
/** It was not tried, because what was given does not fit. */
export const exitUsage = 2;
/** It waits for a person's answer. */
export const exitWaiting = 3;
/** It was stopped on request, and can go on. */
export const exitStopped = 130;
