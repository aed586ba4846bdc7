import { chain, modelsFromEnvironment } from "@brainops/providers";
import { BrainOpsError } from "@brainops/core";
import { exitOk, type Command } from "../cli/command.ts";
import { loadPlugin } from "../cli/load-plugin.ts";
import { homeIn } from "../home.ts";
import { openBrain } from "../open-brain.ts";
import { plural } from "../timeline/words.ts";
import { serveHealth } from "./serve-health.ts";

/** Keeps a home at work until it is told to stop. */
export const serveCommand: Command = {
  name: "serve",
  summary: "keep a home at work: runs that were submitted, are due or were orphaned, and loops",
  options: {
    plugin: { value: "FILE", help: "what is served: a module that exports a plugin with graphs and loops as default" },
    port: { value: "N", help: "port of the health endpoint on 127.0.0.1; default: a free one, which is said" },
    concurrency: { value: "N", help: "how many runs it goes on with at once; default 8" },
    lease: { value: "MS", help: "after how long the runs of a process that has died are taken over; default 30000" },
  },
  details: [
    "GET /health says as JSON how it is: 200 when it is well, 503 when a plugin is not or it is stopping.",
    "SIGTERM or Ctrl-C: it takes on no more, lets go of its runs so that another can go on with them, and ends with 0.",
    "It goes on with runs of the plugin's graphs. A run of 'brainops run' belongs to its repository: 'resume' goes on with it.",
  ],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const file = options.path("plugin");
    const port = portIn(options.whole("port"));
    const [concurrency, leaseMs] = [atLeastOne("concurrency"), atLeastOne("lease")];
    const plugins = file === undefined ? [] : [await loadPlugin(file)];
    const models = await modelsFromEnvironment({ env: io.env });
    home.make();
    const brain = await openBrain(home, output, {
      plugins,
      ...(models.length === 0 ? {} : { model: chain(models) }),
      ...(leaseMs === undefined ? {} : { leaseMs }),
    });
    try {
      const worker = brain.work(concurrency === undefined ? {} : { concurrency });
      const health = await serveHealth({ brain, worker, port, stopping: io.signal });
      try {
        brain.startLoops();
        const graphs = [...brain.registry.graphs.keys()];
        output.result({ serving: health.url, pid: process.pid, graphs }, () => [
          `${output.paint("bold", "BrainOps")} serves ${graphs.join(", ") || "no graph (name a plugin with --plugin)"}`,
          `Health: ${health.url}`,
        ]);
        await aborted(io.signal);
        output.notice(`Stopping. ${plural(worker.running, "run")} under way will go on when it is started again.`);
        await worker.stop();
        await brain.close();
      } finally {
        await health.close();
      }
    } finally {
      await brain.close();
    }
    return exitOk;

    function atLeastOne(name: string): number | undefined {
      const value = options.whole(name);
      if (value === 0) throw new BrainOpsError("invalid_input", `--${name} must be 1 or more, but it is 0.`);
      return value;
    }
  },
};

function portIn(port = 0): number {
  if (port <= 65_535) return port;
  throw new BrainOpsError("invalid_input", `--port must be from 0 to 65535, but it is ${port}.`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
