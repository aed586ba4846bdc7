import { measureJunk, type Junk } from "@brainops/core/memory";
import { exitOk, type Command } from "../../cli/command.ts";
import { plural } from "../../timeline/words.ts";
import { memoryCommand } from "./memory-command.ts";
import { percent } from "./words.ts";

/** Figures about the memory. */
export const statsCommand: Command = memoryCommand({
  name: "memory stats",
  summary: "say how much is remembered, and how much of it was never of use",
  details: ["Of use is what was recalled in a run by words, tried, or judged. Every record is read for that once."],
  async run({ output, brain, scope, home, work }) {
    const stats = await brain.store.stats();
    const junk = await measureJunk(brain.store, scope, work);
    output.result({ ...stats, scope, junk }, () => [
      ...Object.entries(stats.records).map(([kind, count]) => `${kind.padEnd(10)}  ${count}`),
      `${plural(stats.entries, "entry")} in ${plural(stats.streams, "stream")}, ${plural(stats.documents, "document")}`,
      `${(stats.bytes / 1024).toFixed(0)} KiB in ${home.file}`,
      "",
      `Never of use in '${scope}': ${said(junk)}`,
      ...table(junk.byKind),
      ...table(junk.byScope),
      ...table(junk.byAge),
    ]);
    return exitOk;
  },
});

function table(rows: Readonly<Record<string, Junk | undefined>>): string[] {
  const width = Math.max(10, ...Object.keys(rows).map((name) => name.length));
  return Object.entries(rows).flatMap(([name, junk]) =>
    junk === undefined ? [] : [`  ${name.padEnd(width)}  ${said(junk)}`],
  );
}

function said({ records, neverUsed, share }: Junk): string {
  return `${neverUsed} of ${plural(records, "record")}, ${percent(share)}`;
}
