import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { BrainOpsError, importJournal, replay, type Divergence, type Entry } from "@brainops/core";
import { exitFailed, exitOk, type Command } from "../cli/command.ts";
import type { Output } from "../cli/output.ts";
import { graphOf } from "../graphs.ts";
import { homeIn } from "../home.ts";
import { jobOf } from "../job.ts";
import { findRun, withBrain } from "../open-brain.ts";
import { teamOf } from "../team.ts";
import { plural } from "../timeline/words.ts";

/** Runs a journal again without network, models or keys, and compares. */
export const replayCommand: Command = {
  name: "replay",
  summary: "run a journal again, offline, and compare: a run, or an exported file",
  words: ["RUN-or-FILE"],
  details: [
    "Nothing outside is touched: every outcome comes from the journal. What the code makes of them must be what the",
    "journal says. The first difference is named. A damaged journal is 'journal_corrupt', with the entry.",
  ],
  async run({ options, output, io }) {
    const given = options.word(0);
    const file = resolve(io.cwd, given);
    const entries = existsSync(file)
      ? importJournal(readFileSync(file, "utf8"))
      : await withBrain(homeIn(options.path("home"), io.cwd), output, async (brain) =>
          brain.journal(await findRun(brain, given)),
        );
    const job = requireJob(entries);
    const result = await replay(graphOf(job, teamOf(job)), entries);
    const { divergence, state: _state, ...said } = result;
    output.result({ run: runOf(entries), ...said, ...(divergence === undefined ? {} : { divergence }) }, () =>
      divergence === undefined
        ? [output.paint("green", `equal: ${plural(result.entries, "entry")} checked; the run is ${result.status}`)]
        : divergenceLines(divergence, output),
    );
    return result.equal ? exitOk : exitFailed;
  },
};

function requireJob(entries: readonly Entry[]): NonNullable<ReturnType<typeof jobOf>> {
  const job = jobOf(entries);
  if (job !== undefined) return job;
  throw new BrainOpsError(
    "unsupported",
    "This run was not made by 'brainops', so its graph is not known here. Replay it with brain.replay() where the graph is.",
  );
}

const runOf = (entries: readonly Entry[]): string | undefined =>
  entries[0]?.type === "run-started" ? entries[0].run : undefined;

function divergenceLines(
  { position, path, node, visit, what, expected, found }: Divergence,
  output: Output,
): readonly string[] {
  const where = `${path}/${node}#${visit}`;
  return [
    output.paint("red", `diverged at entry ${position ?? "(past the end)"}, in ${where}: ${what}`),
    ...(expected === undefined ? [] : [`  expected  ${JSON.stringify(expected)}`]),
    ...(found === undefined ? [] : [`  found     ${JSON.stringify(found)}`]),
  ];
}
