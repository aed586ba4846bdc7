import { BrainOpsError } from "@brainops/core";
import { exitOk, type Command } from "../cli/command.ts";
import { homeIn } from "../home.ts";
import { jobOf } from "../job.ts";
import { findRun, withBrain } from "../open-brain.ts";
import { teamOf } from "../team.ts";

/** Stops the service that a run has released. */
export const stopCommand: Command = {
  name: "stop",
  summary: "stop the service that a run has released",
  words: ["RUN"],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const { id, job } = await withBrain(home, output, async (brain) => {
      const found = await findRun(brain, options.word(0));
      return { id: found, job: jobOf(await brain.journal(found)) };
    });
    const service = job === undefined ? undefined : teamOf(job).service;
    if (service === undefined) throw new BrainOpsError("not_found", `Run '${id}' has no service.`);
    const pid = await service.pid();
    await service.stop();
    output.result({ run: id, stopped: pid }, () => [pid === null ? "It was not running." : `Stopped process ${pid}.`]);
    return exitOk;
  },
};
