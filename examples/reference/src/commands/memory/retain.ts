import { retain } from "@brainops/core/memory";
import { exitOk, type Command } from "../../cli/command.ts";
import { plural } from "../../timeline/words.ts";
import { memoryCommand } from "./memory-command.ts";
import { kindsOf, kindsOption, lengthOf } from "./words.ts";

/** Lets records go by age and number. */
export const retainCommand: Command = memoryCommand({
  name: "memory retain",
  summary: "erase what is old or too many, unless it is used, important or evidence",
  options: {
    "older-than": { value: "TIME", help: "what was recorded longer ago, such as 90d (m, h, d, w)" },
    keep: { value: "N", help: "and is not among the newest so many" },
    kinds: kindsOption,
    "even-used": { help: "also what was recalled, tried or judged" },
    "even-evidence": { help: "also what a learning was made from" },
    "dry-run": { help: "only say what would go" },
  },
  async run({ options, output, brain, scope, work }) {
    const dryRun = options.flag("dry-run");
    const [olderThanMs, keepNewest] = [lengthOf(options, "older-than"), options.whole("keep")];
    const rule = {
      ...kindsOf(options),
      ...(olderThanMs === undefined ? {} : { olderThanMs }),
      ...(keepNewest === undefined ? {} : { keepNewest }),
      unless: { used: !options.flag("even-used"), evidence: !options.flag("even-evidence") },
    };
    const summary = await retain(brain.store, scope, { ...work, rules: [rule], dryRun });
    output.result({ ...summary, dryRun }, () => [
      ...Object.entries(summary.gone).map(([kind, count]) => `${kind.padEnd(10)}  ${count}`),
      `${plural(summary.ids.length, "record")} of ${summary.records} ${dryRun ? "would go" : "went"}.`,
    ]);
    return exitOk;
  },
});
