import { BrainOpsError } from "@brainops/core";
import type { Command } from "../cli/command.ts";
import { homeIn } from "../home.ts";
import type { DemoJob } from "../job.ts";
import { demoJob } from "../jobs.ts";
import { environmentModels } from "../models.ts";
import { runId } from "../run-id.ts";
import { runJob } from "../run-job.ts";
import { atLeastOne, leaseSpec } from "./work-options.ts";

const goal = "Make all tests of the stockroom pass, and release it.";

/** Shows everything on a sample service. */
export const demoCommand: Command = {
  name: "demo",
  summary: "watch the workforce mend, release, heal and tune a sample service",
  options: {
    seed: { value: "N", help: "which bug is planted; default 1" },
    break: { value: "HOW", help: "how the running service is broken, twice: 'config' (the default) or 'stuck'" },
    port: { value: "N", help: "port of the service; default: a free one" },
    keep: { help: "leave the service running at the end" },
    scripted: { help: "let the script play the model even if there is a real one" },
    id: { value: "ID", help: "id of the run; starting it twice is starting it once" },
    plugin: { value: "FILE", help: "set up a plugin of your own beside ours: a module that exports one as default" },
    lease: leaseSpec,
  },
  details: [
    "Copies a small HTTP service with one bug into a work folder as a git repository, and carries a goal through all six",
    "nodes. Then breaks the running service twice in the same way. All of it is one run: it can be killed at any moment",
    "and resumed, shown and replayed. With no model in the environment a script plays the model, for this sample only.",
  ],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const id = runId(options.text("id"), "demo");
    const seed = options.whole("seed") ?? 1;
    const model =
      options.flag("scripted") || (await environmentModels(io.env)) === undefined ? "scripted" : "environment";
    const job = await demoJob(home, id, {
      seed,
      break: breakOf(options.text("break")),
      keep: options.flag("keep"),
      port: options.whole("port"),
      plugin: options.path("plugin"),
      model,
    });
    output.line(`${output.paint("bold", "BrainOps demo")}, run ${id}, in ${home.folder}`);
    output.line(
      model === "scripted"
        ? output.paint(
            "yellow",
            "No real model: a SCRIPT plays the model. It works on this sample only, by rules for common mistakes.",
          )
        : "The models of your environment play.",
    );
    output.line(`Goal: ${goal}`);
    output.line();
    return runJob({ home, output, io, id, job, goal, leaseMs: atLeastOne(options, "lease") });
  },
};

function breakOf(text: string | undefined): DemoJob["break"] {
  if (text === undefined || text === "config") return "config";
  if (text === "stuck") return text;
  throw new BrainOpsError(
    "invalid_input",
    `--break must be 'config' or 'stuck', but it is '${text}'. See 'npx brainops demo --help'.`,
  );
}
