import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { BrainOpsError, openJournal, unsealJournal, type Divergence, type Graph } from "@brainops/core";
import { exitFailed, exitOk, type Call, type Command } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { showProgress } from "../cli/progress.ts";
import { differenceLines } from "../difference-lines.ts";
import { homeIn } from "../home.ts";
import { keyIn } from "../key-in.ts";
import { findRun, withBrain } from "../open-brain.ts";
import { pluginGraphs } from "../plugin-graphs.ts";
import { replayFolder, type ReplayedFile } from "../replay-folder.ts";
import { replayJournal, type Replayed } from "../replay-journal.ts";
import { plural } from "../timeline/words.ts";

/** Runs a journal again without network, models or keys, and compares. */
export const replayCommand: Command = {
  name: "replay",
  summary: "run a journal again, offline, and compare: a run, or an exported file",
  words: ["RUN-or-FILE"],
  instead: "ci",
  options: {
    key: { value: "FILE", help: "the key that the exported files are sealed under" },
    ci: { value: "DIR", help: "replay every exported journal (*.jsonl) in a folder instead, a line each" },
    plugin: { value: "FILE", help: "a module that exports a plugin, whose graphs the journals may be of" },
  },
  details: [
    "Nothing outside is touched: every outcome comes from the journal. What the code makes of them must be what the",
    "journal says. The first difference is named. A damaged journal is 'journal_corrupt', with the entry.",
    "With --ci the exit code is 1 when any journal of the folder differs, is damaged or cannot be replayed, and 2 when there",
    "is none: keep some, and see whether new code still fits. A graph of your own is found with --plugin.",
  ],
  async run(call) {
    const { options, output } = call;
    const folder = options.path("ci");
    const graphs = await pluginGraphs(options.path("plugin"));
    if (folder !== undefined) return replayAll(folder, graphs, call);
    const replayed = await replayGiven(call, graphs);
    output.result(replayed, () => resultLines(replayed, output));
    return replayed.equal ? exitOk : exitFailed;
  },
};

/** Replays the journal of the file, or else of the run, that is meant. */
async function replayGiven({ options, output, io }: Call, graphs: readonly Graph[]): Promise<Replayed> {
  const given = options.word(0);
  const file = resolve(io.cwd, given);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() === true) {
    const text = await unsealJournal(readFileSync(file, "utf8"), keyIn(options.path("key")).key);
    return replayJournal(openJournal(text), graphs);
  }
  if (found?.isDirectory() === true && given.includes("/"))
    throw new BrainOpsError(
      "invalid_input",
      `${file} is a folder. Name a journal in it, or replay all of them: npx brainops replay --ci ${given}`,
    );
  const home = homeIn(options.path("home"), io.cwd);
  return withBrain(home, output, async (brain) =>
    replayJournal(await brain.journalPages(await findRun(brain, given)), graphs),
  );
}

async function replayAll(folder: string, graphs: readonly Graph[], call: Call): Promise<number> {
  const { options, output } = call;
  const progress = showProgress(call);
  const begins = (file: string, done: number, count: number): void =>
    progress.show({ step: `Replaying ${file}, of ${count}`, done });
  const journals = await replayFolder(folder, { ...keyIn(options.path("key")), graphs, begins }).finally(progress.end);
  const different = journals.filter(({ equal }) => !equal).length;
  output.result({ equal: different === 0, journals }, () => [
    ...journals.flatMap((journal) => fileLines(journal, output)),
    different === 0
      ? `${plural(journals.length, "journal")}: all equal`
      : `${plural(journals.length, "journal")}: ${different} not equal`,
  ]);
  return different === 0 ? exitOk : exitFailed;
}

function fileLines(journal: ReplayedFile, output: Output): readonly string[] {
  if ("error" in journal)
    return [output.paint("red", `✗ ${journal.file}  ${journal.error.message} [${journal.error.code}]`)];
  const { file, equal } = journal;
  const [said = "", ...more] = resultLines(journal, output);
  return [`${output.paint(equal ? "green" : "red", equal ? "✓" : "✗")} ${file}  ${said}`, ...more];
}

function resultLines({ entries, status, divergence }: Replayed, output: Output): readonly string[] {
  if (divergence !== undefined) return divergenceLines(divergence, output);
  return [output.paint("green", `equal: ${plural(entries, "entry")} checked; the run is ${status}`)];
}

function divergenceLines(
  { position, path, node, visit, what, expected, found }: Divergence,
  output: Output,
): readonly string[] {
  const where = `${path}/${node}#${visit}`;
  return [
    output.paint("red", `diverged at entry ${position ?? "(past the end)"}, in ${where}: ${what}`),
    ...(expected === undefined && found === undefined
      ? []
      : differenceLines(expected, found).map((line) => `  ${line}`)),
  ];
}
