import { BrainOpsError, type ErasureReport, type Mention } from "@brainops/core";
import { exitOk, type Command } from "../cli/command.ts";
import { homeIn } from "../home.ts";
import { findRun, withBrain } from "../open-brain.ts";
import { plural } from "../timeline/words.ts";

/** Erases memories, and what journals quote of them, for good. */
export const eraseCommand: Command = {
  name: "erase",
  summary: "erase memories, and what the runs' journals quote of them, for good",
  options: {
    id: { value: "RECORD", help: "one memory" },
    subject: { value: "PERSON", help: "all that is about a person, and all values of runs that worked with it" },
    scope: { value: "SCOPE", help: "all memories and all values of runs in a scope and below it" },
    run: { value: "RUN", help: "all values of a run and of its forks, and what it remembered" },
    yes: { help: "do it: what is erased cannot be brought back" },
  },
  details: [
    "What is left of a journal still proves that something happened, and no longer what. Where else the memories' texts or",
    "the person's name stand is listed, and left for you to decide on.",
  ],
  async run({ options, output, io }) {
    if (!options.flag("yes"))
      throw new BrainOpsError("invalid_input", "Nothing was erased: what is erased cannot be brought back. Add --yes.");
    const home = homeIn(options.path("home"), io.cwd);
    const [id, subject, scope, run] = ["id", "subject", "scope", "run"].map(options.text);
    const report = await withBrain(home, output, async (brain) =>
      brain.erase({
        ...(id === undefined ? {} : { ids: [id] }),
        ...(subject === undefined ? {} : { subject }),
        ...(scope === undefined ? {} : { scope }),
        ...(run === undefined ? {} : { run: await findRun(brain, run) }),
      }),
    );
    output.result(report, () => reportLines(report));
    return exitOk;
  },
};

function reportLines({ records, entries, runs, mentions }: ErasureReport): readonly string[] {
  return [
    `erased: ${plural(records, "memory")}, and the values of ${plural(entries, "entry")} in ${plural(runs.length, "run")}`,
    ...(mentions.length === 0 ? [] : ["not erased, but speaking of it:"]),
    ...mentions.map((mention) => `  ${placeOf(mention)}`),
  ];
}

function placeOf(mention: Mention): string {
  if ("stream" in mention) return `${mention.stream}, entry ${mention.position}`;
  return "document" in mention ? `document ${mention.document}` : `memory ${mention.record}`;
}
