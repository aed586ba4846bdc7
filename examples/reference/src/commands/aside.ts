import { createBrain } from "@brainops/core";
import { exitOk, type Command } from "../cli/command.ts";
import { databaseIn, databaseSpecs, named, openerOf, queueSchema } from "../open-database.ts";

const name = "brainops aside";

/** Lists the runs of a store on PostgreSQL that nobody goes on with by itself. */
export const asideCommand: Command = {
  name: "aside",
  summary: "list the runs of a store on PostgreSQL that no worker goes on with, and why",
  options: databaseSpecs,
  details: [
    "Set aside: five workers in a row died of it, its code diverged, or its journal is broken. It is tried again when a worker starts, or when it is resumed.",
    "Dead letters: what pg-boss gave up because it failed worker after worker, with the reason. The newest 100.",
  ],
  async run({ options, output, io }) {
    const database = databaseIn(options, io);
    const { deadLetters } = await import("@brainops/memory-postgres/pg-boss");
    const brain = await createBrain({ store: await openerOf(database, name) });
    try {
      const setAside = await brain.setAside();
      const dead = await deadLetters({ connectionString: named(database.url, name), ...queueSchema(database) });
      const line = ({ run, graph, version, reason, at }: (typeof dead)[number]): string =>
        `  ${run}  ${graph}@${version}  ${new Date(at).toISOString()}  ${reason}`;
      output.result({ setAside, deadLetters: dead }, () => [
        setAside.length === 0 ? "No run is set aside." : "Set aside:",
        ...setAside.map(line),
        dead.length === 0 ? "There are no dead letters." : "Dead letters:",
        ...dead.map(line),
      ]);
      return exitOk;
    } finally {
      await brain.close();
    }
  },
};
