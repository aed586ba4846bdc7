import type { Command } from "../cli/command.ts";
import { loadPlugin } from "../cli/load-plugin.ts";
import { homeIn } from "../home.ts";
import { environmentModels } from "../models.ts";
import { openBrain } from "../open-brain.ts";
import { keepJobs } from "../serve/jobs.ts";
import { keepModels, modelHealing } from "../serve/model-failures.ts";
import { keepServices } from "../serve/services.ts";
import { approveIn } from "./approve-in.ts";
import { aborted, stayAtWork } from "./stay-at-work.ts";
import { atLeastOne, numbersOfWork, workSpecs } from "./work-options.ts";

/** Keeps a home at work until it is told to stop. */
export const serveCommand: Command = {
  name: "serve",
  summary: "keep a home at work: runs that were submitted, are due or were orphaned, and loops",
  options: {
    plugin: { value: "FILE", help: "what is served: a module that exports a plugin with graphs and loops as default" },
    ...workSpecs,
    approve: {
      value: "WHEN",
      help: "ask before what mends a failing test is released: 'risky' (the default: its plan has a task of high risk) or 'always'",
    },
    watch: { value: "MS", help: "milliseconds between two looks at a released service; default 30000" },
    drain: {
      value: "MS",
      help: "how long it lets its runs go on when it is to stop, before it lets go of them; default 0",
    },
  },
  details: [
    "GET /health says as JSON how it is: 200 when it is well, 503 when a plugin is not or it is stopping.",
    "SIGTERM or Ctrl-C: it takes on no more, lets go of its runs so that another can go on with them, and ends with 0.",
    "It goes on with runs of the plugin's graphs and, each in a process of its own, of 'run' and 'demo'. The services that",
    "'run' has released are watched and healed; one that 'brainops stop' has stopped is left alone. Their code is watched, too:",
    "a test that fails on a new commit is mended by a run of its own, where there is a model. 'report' says what it did.",
    "A run that failed because no model answered is gone on with, as RUN.try2, once one answers again.",
  ],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const file = options.path("plugin");
    const { port, concurrency, leaseMs } = numbersOfWork(options);
    const everyMs = atLeastOne(options, "watch") ?? 30_000;
    const approve = approveIn(options.text("approve")) ?? "risky";
    const plugins = file === undefined ? [] : [await loadPlugin(file)];
    const models = await environmentModels(io.env);
    home.make();
    const brain = await openBrain(home, output, {
      plugins: [...plugins, ...(models === undefined ? [] : [models.plugin, modelHealing(models.chain)])],
      ...(models === undefined ? {} : { model: models.chain, models: models.each }),
      ...(leaseMs === undefined ? {} : { leaseMs }),
    });
    const jobs = keepJobs({ brain, home, io, output, leaseMs });
    const services = keepServices({ brain, home, output, everyMs, approve, models });
    const failures = models === undefined ? undefined : keepModels({ brain, output, everyMs });
    const stop = async (): Promise<void> => void (await Promise.all([jobs.stop(), services.stop(), failures?.stop()]));
    const stopping = aborted(io.signal).then(stop);
    const code = await stayAtWork({
      brain,
      io,
      output,
      port,
      drainMs: options.whole("drain") ?? 0,
      work: concurrency === undefined ? {} : { concurrency },
      // Read anew for each answer.
      about: {
        get jobs() {
          return jobs.running;
        },
        get watched() {
          return services.watched;
        },
      },
      said: (health) => {
        const graphs = [...brain.registry.graphs.keys()];
        output.result({ serving: health, pid: process.pid, graphs }, () => [
          `${output.paint("bold", "BrainOps")} serves ${graphs.join(", ") || "no graph (name a plugin with --plugin)"}`,
          `Health: ${health}`,
        ]);
      },
    }).finally(stop);
    await stopping;
    return code;
  },
};
