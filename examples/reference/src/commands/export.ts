import { exitOk, type Command } from "../cli/command.ts";
import { homeIn } from "../home.ts";
import { findRun, withBrain } from "../open-brain.ts";

/** Writes a run's journal to stdout. */
export const exportCommand: Command = {
  name: "export",
  summary: "write a run's journal to stdout: npx brainops export RUN > run.jsonl",
  words: ["RUN"],
  details: [
    "The journal is plain text, an entry a line, each bound to the one before it by a hash. Its contents are not",
    "sealed: keep it as you would keep the run's files. 'npx brainops replay FILE' checks and replays it anywhere.",
  ],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const { id, journal } = await withBrain(home, output, async (brain) => {
      const found = await findRun(brain, options.word(0));
      return { id: found, journal: await brain.export(found) };
    });
    if (output.json) output.result({ run: id, journal }, () => []);
    else io.stdout.write(journal);
    return exitOk;
  },
};
