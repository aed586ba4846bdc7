import { BrainOpsError } from "@brainops/core";
import type { Command } from "../cli/command.ts";
import { homeIn } from "../home.ts";
import { jobOf } from "../job.ts";
import { findRun, withBrain } from "../open-brain.ts";
import { resumeOther } from "../resume-other.ts";
import { runJob } from "../run-job.ts";
import { atLeastOne, leaseSpec } from "./work-options.ts";

/** Goes on with a run. */
export const resumeCommand: Command = {
  name: "resume",
  summary: "go on with a run that was killed, stopped or answered",
  words: ["RUN"],
  options: {
    plugin: {
      value: "FILE",
      help: "a plugin in place of the one that the run was started with, or with the graph of a run of your own",
    },
    lease: leaseSpec,
  },
  details: ["What was finished is not done again. A run that has ended shows its end."],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const { id, job } = await withBrain(home, output, async (brain) => {
      const found = await findRun(brain, options.word(0));
      return { id: found, job: jobOf(await brain.journal(found)) };
    });
    const plugin = options.path("plugin");
    if (job === undefined && plugin !== undefined) return resumeOther({ home, output, io, id, plugin });
    if (job === undefined)
      throw new BrainOpsError(
        "unsupported",
        `Run '${id}' was not made by 'brainops'. Name the file that exports the plugin of its graph with --plugin, or resume it with brain.resume().`,
      );
    output.line(`${output.paint("bold", "BrainOps")}, going on with run ${id}`);
    if (job.model === "scripted")
      output.line(output.paint("yellow", "A SCRIPT plays the model, as it did when the run began."));
    return runJob({
      home,
      output,
      io,
      id,
      job,
      plugin,
      leaseMs: atLeastOne(options, "lease"),
    });
  },
};
