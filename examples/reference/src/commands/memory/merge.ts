import { mergeDuplicates } from "@brainops/core/memory";
import { exitOk, type Command } from "../../cli/command.ts";
import { clip, plural } from "../../timeline/words.ts";
import { memoryCommand } from "./memory-command.ts";
import { kindsOf, kindsOption } from "./words.ts";

/** Puts duplicates together. */
export const mergeCommand: Command = memoryCommand({
  name: "memory merge",
  summary: "put records together that say the same; nothing is deleted",
  options: {
    "dry-run": { help: "only say what would be merged" },
    exact: { help: "only texts that are equal but for white space" },
    kinds: kindsOption,
  },
  async run({ options, output, brain, scope, work }) {
    const dryRun = options.flag("dry-run");
    const near = !options.flag("exact");
    const summary = await mergeDuplicates(brain.store, scope, { ...work, ...kindsOf(options), dryRun, near });
    output.result({ ...summary, dryRun }, () => [
      ...summary.groups.map(
        ({ survivor, text, merged }) => `${survivor}  ${merged.length + 1} times: ${clip(text, 100)}`,
      ),
      `${plural(summary.merged, "record")} of ${summary.records} ${dryRun ? "would be" : "were"} put behind another.`,
    ]);
    return exitOk;
  },
});
