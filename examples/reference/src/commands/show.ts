import { exitOk, type Command } from "../cli/command.ts";
import { homeIn } from "../home.ts";
import { findRun, withBrain } from "../open-brain.ts";
import { learnt, recordsOf } from "../timeline/learnt.ts";
import { costOf } from "../timeline/summary.ts";
import { createTimeline } from "../timeline/timeline.ts";
import { costLine } from "../timeline/closing.ts";

/** Shows a run again, from its journal. */
export const showCommand: Command = {
  name: "show",
  summary: "show what a run did, learnt and cost",
  words: ["RUN"],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    return withBrain(home, output, async (brain) => {
      const id = await findRun(brain, options.word(0));
      const entries = await brain.journal(id);
      const records = await recordsOf(brain, id);
      const timeline = createTimeline(output);
      for (const entry of entries) timeline.show(entry);
      timeline.stop();
      const cost = costOf(entries);
      output.result({ run: id, cost, records: records.map(({ record }) => record), entries }, () => [
        "",
        ...learnt(records, output),
        costLine(cost),
      ]);
      return exitOk;
    });
  },
};
