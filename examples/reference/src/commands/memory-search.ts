import { exitOk, type Command } from "../cli/command.ts";
import { homeIn } from "../home.ts";
import { withBrain } from "../open-brain.ts";
import { clip } from "../timeline/words.ts";

/** Searches the memory. */
export const memorySearchCommand: Command = {
  name: "memory search",
  summary: "find what is remembered, by words",
  words: ["TEXT"],
  options: { limit: { value: "N", help: "at most so many; default 10" } },
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const limit = options.whole("limit") ?? 10;
    const hits = await withBrain(home, output, (brain) => brain.recall({ text: options.word(0), limit }));
    output.result(hits, () =>
      hits.length === 0
        ? ["Nothing is remembered of that."]
        : hits.flatMap(({ record, score, why }) => [
            `${output.paint("magenta", record.kind.padEnd(10))}  ${clip(record.text.replaceAll(/\s+/g, " "), output.live ? Math.max(40, output.columns - 12) : 300)}`,
            output.paint(
              "dim",
              `            ${score.toFixed(2)}  ${why}  (${record.trust}, run ${record.provenance.run ?? "none"})`,
            ),
          ]),
    );
    return exitOk;
  },
};
