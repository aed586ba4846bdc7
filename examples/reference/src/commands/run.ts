import type { Command } from "../cli/command.ts";
import { homeIn } from "../home.ts";
import { repositoryJob } from "../jobs.ts";
import { requireModels } from "../models.ts";
import { runId } from "../run-id.ts";
import { runJob } from "../run-job.ts";
import { approveIn } from "./approve-in.ts";
import { atLeastOne, leaseSpec } from "./work-options.ts";

/** Carries a goal through the workforce, on any git repository. */
export const runCommand: Command = {
  name: "run",
  summary: "carry a goal through the workforce, on a git repository of yours",
  options: {
    repo: { value: "DIR", help: "the git repository; all of it committed", required: true },
    goal: { value: "TEXT", help: "what is to be reached, in words", required: true },
    test: { value: "CMD", help: "how its tests are run; default: found in the repository" },
    unproven: { help: "take a change that no test proves (one that fails without it and passes with it)" },
    approve: {
      value: "WHEN",
      help: "ask before it is released: 'risky' (when its plan has a task of high risk) or 'always'; default: never",
    },
    serve: {
      value: "CMD",
      help: "how its service is started (PORT says where it listens); without it, only a release folder is made",
    },
    port: { value: "N", help: "port of the service; default: a free one, and the same each time" },
    health: { value: "PATH", help: "path of its health probe; default /health" },
    config: { value: "FILE", help: "its JSON configuration in the repository; CONFIG tells it where the live copy is" },
    id: { value: "ID", help: "id of the run; starting it twice is starting it once" },
    plugin: { value: "FILE", help: "set up a plugin of your own beside ours: a module that exports one as default" },
    lease: leaseSpec,
  },
  details: [
    "Your working copy is not touched: work happens on a branch of its own in a worktree, and the result is that branch.",
    "Needs a model: ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY, Ollama, or a server at BRAINOPS_LOCAL_URL.",
  ],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    options.required("repo");
    const goal = options.required("goal");
    const id = runId(options.text("id"), "run");
    const repo = options.path("repo") ?? io.cwd;
    await requireModels(io.env);
    const job = await repositoryJob(home, {
      repo,
      test: options.text("test"),
      unproven: options.flag("unproven"),
      approve: approveIn(options.text("approve")),
      serve: options.text("serve"),
      port: options.whole("port"),
      health: options.text("health"),
      config: options.text("config"),
      plugin: options.path("plugin"),
    });
    output.line(`${output.paint("bold", "BrainOps")}, run ${id}, on ${job.repo}`);
    output.line(`Goal: ${goal}`);
    output.line();
    return runJob({ home, output, io, id, job, goal, leaseMs: atLeastOne(options, "lease") });
  },
};
