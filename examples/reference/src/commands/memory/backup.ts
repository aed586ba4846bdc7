import { resolve } from "node:path";
import { backup } from "@brainops/memory-sqlite";
import { exitOk, type Command } from "../../cli/command.ts";
import { showProgress } from "../../cli/progress.ts";
import { homeIn } from "../../home.ts";

/** Copies the whole memory while it is in use. */
export const backupCommand: Command = {
  name: "memory backup",
  summary: "copy everything, memory and journals, to a file while it is in use",
  words: ["FILE"],
  details: ["The copy is sealed as the memory is, and opened with the same key. What is erased later stays in it."],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const to = resolve(io.cwd, options.word(0));
    const progress = showProgress({ io, output });
    try {
      await backup({
        file: home.file,
        to,
        signal: io.signal,
        progress: (share) => progress.show({ step: "copying, %", done: Math.round(share * 100) }),
      });
    } finally {
      progress.end();
    }
    output.result({ from: home.file, to }, () => [`Copied ${home.file} to ${to}.`]);
    return exitOk;
  },
};
