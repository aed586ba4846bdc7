import { existsSync } from "node:fs";
import { BrainOpsError, createBrain, type Store } from "@brainops/core";
import { copyStore, type CopySummary } from "@brainops/core/move";
import { sqlite } from "@brainops/memory-sqlite";
import { exitFailed, exitOk, type Command } from "../cli/command.ts";
import { loadPlugin } from "../cli/load-plugin.ts";
import type { Output } from "../cli/output.ts";
import { showProgress } from "../cli/progress.ts";
import { keyIn } from "../key-in.ts";
import { databaseIn, openerOf, type Database } from "../open-database.ts";
import { plural } from "../timeline/words.ts";

const mostReplays = 3;

/** Copies a store of one file to PostgreSQL. */
export const moveCommand: Command = {
  name: "move",
  summary: "copy everything that a file holds to PostgreSQL, and verify it",
  options: {
    from: { value: "FILE", help: "the store's file, such as .brainops/memory.db; nobody may be at work on its runs" },
    to: {
      value: "URL",
      help: "PostgreSQL's address; default: DATABASE_URL, which keeps a password out of the process list",
    },
    schema: { value: "NAME", help: "the schema of the target; default brainops. It must be empty" },
    "from-key-file": {
      value: "FILE",
      help: "holds the key of the file; default: the key file beside it, or BRAINOPS_KEY",
    },
    "key-file": { value: "FILE", help: "holds the key of the target, which may be another one; default: BRAINOPS_KEY" },
    vectors: {
      value: "SPACES",
      help: "of which embedders vectors are copied, such as gpt/1536, separated by commas; a later move may name more",
    },
    elsewhere: { help: "although it was moved into another schema or database before: give that one up first" },
    plugin: {
      value: "FILE",
      help: "a module that exports a plugin: up to 3 ended runs of its graphs are replayed in the target",
    },
  },
  details: [
    "Runs, memory, schedules, audit, documents and what waits are copied; both sides are then read and compared, and the chain of every journal is verified.",
    "Stopped or killed, it is called again and goes on. In the file only a note is made of where it went: it stays as a backup, and must not be used any more. A move into another target is then refused.",
    "Vectors are copied of the spaces that are named; others are filled anew with the embedder.",
  ],
  async run({ options, output, io }) {
    const file = options.path("from");
    if (file === undefined) throw new BrainOpsError("invalid_input", "--from FILE is missing. Name the store's file.");
    if (!existsSync(file)) throw new BrainOpsError("not_found", `There is no file ${file}. Name the store's file.`);
    const database = databaseIn(options, io, "to");
    const pluginFile = options.path("plugin");
    const plugins = pluginFile === undefined ? [] : [await loadPlugin(pluginFile)];
    // The key that was made with the file goes before that of the environment, which is the target's by now.
    const beside = existsSync(`${file}.key`) ? `${file}.key` : undefined;
    const { key = io.env["BRAINOPS_KEY"] || undefined } = keyIn(options.path("from-key-file") ?? beside);
    const from = await sqlite({ file, notice: output.notice, ...(key === undefined ? {} : { key }) }).open();
    const progress = showProgress({ io, output });
    let summary: CopySummary;
    try {
      const to = await (await openerOf(database, "brainops move")).open();
      try {
        summary = await copyStore(from, to, {
          name: await nameOf(from, file),
          progress: progress.show,
          signal: io.signal,
          once: !options.flag("elsewhere"),
          spaces: options.text("vectors")?.split(",") ?? [],
        });
      } finally {
        await to.close();
      }
    } finally {
      progress.end();
      await from.close();
    }
    const replays = plugins.length === 0 ? [] : await replaySome(database, plugins);
    const well = replays.every(({ equal }) => equal);
    say(output, summary, replays);
    return well ? exitOk : exitFailed;
  },
};

/** The file may be elsewhere at the next try; what it began with stays. */
async function nameOf(from: Store, file: string): Promise<string> {
  const [first] = await from.streams("journal/");
  return first ?? file;
}

interface Replayed {
  readonly run: string;
  readonly equal: boolean;
}

async function replaySome(
  database: Database,
  plugins: readonly Awaited<ReturnType<typeof loadPlugin>>[],
): Promise<Replayed[]> {
  const brain = await createBrain({ store: await openerOf(database, "brainops move"), plugins });
  try {
    const known = (await brain.runs()).filter(
      ({ graph, status }) => status === "completed" && brain.registry.graphs.has(graph),
    );
    const found: Replayed[] = [];
    for (const { id } of known.slice(0, mostReplays))
      found.push({ run: id, equal: (await brain.replay({ run: id })).equal });
    return found;
  } finally {
    await brain.close();
  }
}

function say(output: Output, summary: CopySummary, replays: readonly Replayed[]): void {
  output.result({ ...summary, replays }, () => [
    summary.already ? "It had been moved before; both sides were compared again." : "Everything was copied.",
    ...Object.entries(summary.counts).map(
      ([part, count]) => `  ${part.padEnd(9)}  ${count.toLocaleString("en").padStart(9)}  the same on both sides`,
    ),
    `The chains of ${plural(summary.journals, "journal")} hold.`,
    ...replays.map(({ run, equal }) => `Replay of ${run}: ${equal ? "equal" : "NOT equal"}`),
    "Do not use the file any more; keep it as a backup.",
  ]);
}
