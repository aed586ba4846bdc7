import { hostname } from "node:os";
import { BrainOpsError, createBrain, type Brain, type Dispatch } from "@brainops/core";
import type { Command } from "../cli/command.ts";
import { loadPlugin } from "../cli/load-plugin.ts";
import { environmentModels } from "../models.ts";
import { databaseIn, databaseSpecs, named, openerOf, queueSchema, type Database } from "../open-database.ts";
import { limitsIn, type Limits } from "./limits-in.ts";
import { stayAtWork } from "./stay-at-work.ts";
import { numbersOfWork, workSpecs } from "./work-options.ts";

const standardDrainMs = 5000;

/** Works on the runs of a store on PostgreSQL, beside other workers, until it is told to stop. */
export const workerCommand: Command = {
  name: "worker",
  summary: "work on the runs of a store on PostgreSQL, beside any number of other workers",
  options: {
    ...databaseSpecs,
    plugin: { value: "FILE", help: "what it knows: a module that exports a plugin with graphs and loops as default" },
    name: { value: "NAME", help: "what it is called in journals, in health and by PostgreSQL; default HOST-PID" },
    dispatch: { value: "HOW", help: "'pg-boss' (default) or 'store', which needs no other tables and knows no limits" },
    limits: {
      value: "FILE",
      help: "JSON: for each graph how many go on atOnce, perKey and perSecond, on all workers (pg-boss)",
    },
    ...workSpecs,
    drain: {
      value: "MS",
      help: "how long it lets its runs go on when it is to stop, before it lets go of them; default 5000",
    },
  },
  details: [
    "Start as many as you like, stop any: whose worker dies is taken over when its lease is over. All need the same key.",
    "It goes on with runs of the graphs that its plugin registers, in these versions, and leaves all others to workers that know them.",
    "SIGTERM or Ctrl-C: takes on no more, waits for --drain, lets go of the rest so that others go on at once, and ends with 0. A second one ends it hard.",
    "GET /health says as JSON how it is: 200 when it is well, 503 when the store or a plugin is not, or it is stopping.",
  ],
  async run({ options, output, io }) {
    const database = databaseIn(options, io);
    const name = options.text("name") ?? `${hostname()}-${process.pid}`;
    const how = howIn(options.text("dispatch"));
    const limits = limitsIn(options.path("limits"));
    if (how === "store" && Object.keys(limits).length > 0)
      throw new BrainOpsError(
        "invalid_input",
        "--limits are kept by pg-boss. Leave out --dispatch store, or the limits.",
      );
    const { port, concurrency, leaseMs } = numbersOfWork(options);
    const drainMs = options.whole("drain") ?? standardDrainMs;
    const file = options.path("plugin");
    const plugins = file === undefined ? [] : [await loadPlugin(file)];
    const models = await environmentModels(io.env);
    const brain = await createBrain({
      store: await openerOf(database, name),
      name,
      plugins: [...plugins, ...(models === undefined ? [] : [models.plugin])],
      ...(models === undefined ? {} : { model: models.chain, models: models.each }),
      ...(leaseMs === undefined ? {} : { leaseMs }),
    });
    const graphs = [...brain.registry.versions].map((graph) => `${graph.name}@${graph.version}`);
    const about = { name, pid: process.pid, dispatch: how, graphs };
    return stayAtWork({
      brain,
      io,
      output,
      port,
      drainMs,
      about,
      work: {
        ...(concurrency === undefined ? {} : { concurrency }),
        ...(how === "store" ? {} : { dispatch: await bossOf(database, brain, name, limits) }),
      },
      said: (health) =>
        output.result({ ...about, serving: health }, () => [
          `${output.paint("bold", name)} works on ${graphs.join(", ") || "no graph (name a plugin with --plugin)"}, dispatched by ${how}`,
          `Health: ${health}`,
        ]),
    });
  },
};

function howIn(how = "pg-boss"): "pg-boss" | "store" {
  if (how === "pg-boss" || how === "store") return how;
  throw new BrainOpsError("invalid_input", `--dispatch must be 'pg-boss' or 'store', but it is '${how}'.`);
}

async function bossOf(database: Database, brain: Brain, name: string, limits: Limits): Promise<Dispatch> {
  const { bossDispatch } = await import("@brainops/memory-postgres/pg-boss");
  return bossDispatch({
    connectionString: named(database.url, name),
    store: brain.store,
    limits,
    ...queueSchema(database),
  });
}
