import { exitOk, type Command } from "../cli/command.ts";
import { homeIn } from "../home.ts";
import { findRun, withBrain } from "../open-brain.ts";

/** Answers a question that a run asks. */
export const answerCommand: Command = {
  name: "answer",
  summary: "answer a question that a run waits with; then resume it",
  words: ["RUN", "QUESTION", "ANSWER"],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const id = await withBrain(home, output, async (brain) => {
      const found = await findRun(brain, options.word(0));
      await brain.answer(found, options.word(1), options.word(2));
      return found;
    });
    output.result({ run: id, answered: options.word(1) }, () => [
      `Answered. It goes on with: ${home.command(`resume ${id}`)}`,
    ]);
    return exitOk;
  },
};
