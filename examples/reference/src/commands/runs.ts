import { exitOk, type Command } from "../cli/command.ts";
import { homeIn } from "../home.ts";
import { withBrain } from "../open-brain.ts";
import { plural, seconds } from "../timeline/words.ts";

/** Lists the runs of a home. */
export const runsCommand: Command = {
  name: "runs",
  summary: "list the runs, the newest first",
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const runs = home.exists() ? await withBrain(home, output, (brain) => brain.runs()) : [];
    const width = Math.max(0, ...runs.map(({ id }) => id.length));
    output.result(runs, () =>
      runs.length === 0
        ? [`There are no runs in ${home.folder} yet. 'npx brainops demo' begins one.`]
        : runs.map(
            (run) =>
              `${run.id.padEnd(width)}  ${run.status.padEnd(9)}  ${new Date(run.startedAt).toISOString()}  ` +
              `${seconds(run.lastAt - run.startedAt).padStart(8)}  ${plural(run.entries, "entry")}`,
          ),
    );
    return exitOk;
  },
};
