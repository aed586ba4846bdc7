import { BrainOpsError } from "@brainops/core";
import { forget } from "@brainops/core/memory";
import { exitOk, type Command } from "../../cli/command.ts";
import { plural } from "../../timeline/words.ts";
import { memoryCommand } from "./memory-command.ts";

/** Erases records for good. */
export const forgetCommand: Command = memoryCommand({
  name: "memory forget",
  summary: "erase a record for good; a verdict is taken back",
  words: ["ID"],
  options: { yes: { help: "really erase it; without it nothing is done" } },
  async run({ options, output, brain, scope }) {
    if (!options.flag("yes"))
      throw new BrainOpsError("invalid_input", "What is erased cannot be had back. Say --yes when that is meant.");
    const erased = await forget(brain.store, scope, [options.word(0)]);
    output.result({ erased }, () => [`${plural(erased, "record")} erased.`]);
    return exitOk;
  },
});
