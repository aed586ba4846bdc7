import { exitOk, type Command } from "../cli/command.ts";
import { homeIn } from "../home.ts";
import { withBrain } from "../open-brain.ts";
import { plural } from "../timeline/words.ts";

/** Figures about the memory. */
export const memoryStatsCommand: Command = {
  name: "memory stats",
  summary: "say how much is remembered",
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const stats = await withBrain(home, output, (brain) => brain.store.stats());
    output.result(stats, () => [
      ...Object.entries(stats.records).map(([kind, count]) => `${kind.padEnd(10)}  ${count}`),
      `${plural(stats.entries, "entry")} in ${plural(stats.streams, "stream")}, ${plural(stats.documents, "document")}`,
      `${(stats.bytes / 1024).toFixed(0)} KiB in ${home.file}`,
    ]);
    return exitOk;
  },
};
