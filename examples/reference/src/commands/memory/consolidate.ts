import { consolidate } from "@brainops/core/memory";
import { exitOk, type Command } from "../../cli/command.ts";
import { plural } from "../../timeline/words.ts";
import { memoryCommand } from "./memory-command.ts";
import { line, percent } from "./words.ts";

/** Learns from repeated experiences. */
export const consolidateCommand: Command = memoryCommand({
  name: "memory consolidate",
  summary: "learn from repeated experiences what goes with which outcome, without a model",
  options: { "dry-run": { help: "only say what would be learnt" } },
  details: [
    "Looks at experiences and decisions that say how they ended (data.outcome), and at their tags. Each learning keeps its",
    "evidence: 'npx brainops memory why ID' shows it.",
  ],
  async run({ options, output, brain, scope, work }) {
    const dryRun = options.flag("dry-run");
    const learnt = await consolidate(brain.store, scope, { ...work, dryRun });
    output.result({ learnt, dryRun }, () => [
      ...learnt.flatMap((record) => [
        line(record, output),
        output.paint("dim", `            ${percent(record.confidence)} sure  (${record.id})`),
      ]),
      `${plural(learnt.length, "thing")} ${dryRun ? "would be" : "were"} learnt.`,
    ]);
    return exitOk;
  },
});
