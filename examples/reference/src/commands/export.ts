import { exitOk, type Command } from "../cli/command.ts";
import { writeOut } from "../cli/write-out.ts";
import { homeIn } from "../home.ts";
import { keyIn } from "../key-in.ts";
import { findRun, withBrain } from "../open-brain.ts";

/** Writes a run's journal to stdout. */
export const exportCommand: Command = {
  name: "export",
  summary: "write a run's journal to stdout: npx brainops export RUN > run.jsonl",
  words: ["RUN"],
  options: { key: { value: "FILE", help: "seal the journal under the key in this file" } },
  details: [
    "The journal is plain text, an entry a line, each bound to the one before it by a hash. Its contents are not",
    "sealed: keep it as you would keep the run's files. 'npx brainops replay FILE' checks and replays it anywhere.",
    "With --key it is sealed under the key in that file: 32 bytes in hex or base64, or a passphrase.",
  ],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const key = keyIn(options.path("key"));
    await withBrain(home, output, async (brain) => {
      const run = await findRun(brain, options.word(0));
      if (output.json) output.result({ run, journal: await brain.export(run, key) }, () => []);
      else for await (const piece of brain.exportPieces(run, key)) await writeOut(io, piece);
    });
    return exitOk;
  },
};
