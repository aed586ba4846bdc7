import { createReadStream, statSync } from "node:fs";
import { BrainOpsError } from "@brainops/core";
import { importMemory } from "@brainops/core/memory";
import { exitOk, type Command } from "../../cli/command.ts";
import { plural } from "../../timeline/words.ts";
import { checkSignal } from "../../cli/check-signal.ts";
import { memoryCommand } from "./memory-command.ts";
import { resolve } from "node:path";

const command = memoryCommand({
  name: "memory import",
  summary: "take in what 'memory export' wrote; doing it twice is doing it once",
  words: ["FILE"],
  details: ["Records keep their scope, ids, versions, times and counters. A home without a memory gets one."],
  begins: true,
  async run({ options, output, io, brain, work }) {
    const file = resolve(io.cwd, options.word(0));
    const summary = await importMemory(brain.store, counted(createReadStream(file, "utf8")));
    output.result(summary, () => [
      `${plural(summary.records, "record")} and ${plural(summary.links, "link")} of '${summary.scope}' are in.`,
    ]);
    return exitOk;

    async function* counted(pieces: AsyncIterable<string>): AsyncGenerator<string> {
      let done = 0;
      for await (const piece of pieces) {
        checkSignal(io.signal);
        yield piece;
        done += piece.split("\n").length - 1;
        work.progress?.({ step: "importing", done });
      }
    }
  },
});

/** Takes in what was exported. */
export const importMemoryCommand: Command = {
  ...command,
  run(call) {
    // Before a memory is made for it.
    const file = resolve(call.io.cwd, call.options.word(0));
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) throw new BrainOpsError("not_found", `There is no file ${file}.`, { details: { file } });
    if (found.isDirectory())
      throw new BrainOpsError("invalid_input", `${file} is a folder. Give the file that 'memory export' wrote.`);
    return command.run(call);
  },
};
