import type { Brain } from "@brainops/core";
import type { ProgressOptions } from "@brainops/core/memory";
import type { Call, Command } from "../../cli/command.ts";
import type { OptionSpecs } from "../../cli/option-spec.ts";
import { showProgress } from "../../cli/progress.ts";
import { homeIn, type Home } from "../../home.ts";
import { withBrain, withNewBrain } from "../../open-brain.ts";

/** What a command of the memory is handed. */
export interface MemoryCall extends Call {
  readonly home: Home;
  readonly brain: Brain;
  /** The scope that is meant. */
  readonly scope: string;
  /** Hand it to long work: shows how far it is, and stops it when the person asks for that. */
  readonly work: ProgressOptions;
}

/** A command of the memory, as it is written down. */
export interface MemoryCommand extends Omit<Command, "run"> {
  /** Whether it makes a home where there is none. */
  readonly begins?: boolean;
  run(call: MemoryCall): Promise<number>;
}

/** Makes a command that opens the memory of a home, does its work within a scope, and closes it. */
export function memoryCommand({ run, options, begins = false, ...command }: MemoryCommand): Command {
  const scope: OptionSpecs = {
    scope: { value: "SCOPE", help: "only there and below, such as main/shop; default main" },
  };
  return {
    ...command,
    options: { ...options, ...scope },
    run(call) {
      const home = homeIn(call.options.path("home"), call.io.cwd);
      return (begins ? withNewBrain : withBrain)(home, call.output, async (brain) => {
        const progress = showProgress(call);
        try {
          return await run({
            ...call,
            home,
            brain,
            scope: call.options.text("scope") ?? brain.scope,
            work: { progress: progress.show, signal: call.io.signal },
          });
        } finally {
          progress.end();
        }
      });
    },
  };
}
