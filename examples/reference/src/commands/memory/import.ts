import { createReadStream, existsSync } from "node:fs";
import { BrainOpsError } from "@brainops/core";
import { importMemory } from "@brainops/core/memory";
import { exitOk, type Command } from "../../cli/command.ts";
import { plural } from "../../timeline/words.ts";
import { checkSignal } from "./check-signal.ts";
import { memoryCommand } from "./memory-command.ts";
import { resolve } from "node:path";

/** Takes in what was exported. */
export const importMemoryCommand: Command = memoryCommand({
  name: "memory import",
  summary: "take in what 'memory export' wrote; doing it twice is doing it once",
  words: ["FILE"],
  details: ["Records keep their scope, ids, versions, times and counters. A home without a memory gets one."],
  begins: true,
  async run({ options, output, io, brain, work }) {
    const file = resolve(io.cwd, options.word(0));
    if (!existsSync(file)) throw new BrainOpsError("not_found", `There is no file ${file}.`, { details: { file } });
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
