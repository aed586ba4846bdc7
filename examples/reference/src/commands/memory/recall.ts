import { exitOk, type Command } from "../../cli/command.ts";
import { memoryCommand } from "./memory-command.ts";
import { kindsOf, kindsOption, line } from "./words.ts";

/** Finds what is remembered. */
export const recallCommand: Command = memoryCommand({
  name: "memory recall",
  summary: "find what is remembered, by words",
  words: ["TEXT"],
  options: { limit: { value: "N", help: "at most so many; default 10" }, kinds: kindsOption },
  async run({ options, output, brain, scope }) {
    const query = { text: options.word(0), limit: options.whole("limit") ?? 10, ...kindsOf(options) };
    const hits = await brain.recall(query, { scope });
    output.result(hits, () =>
      hits.length === 0
        ? ["Nothing is remembered of that."]
        : hits.flatMap(({ record, score, why }) => [
            line(record, output),
            output.paint("dim", `            ${score.toFixed(2)}  ${why}  (${record.trust}, ${record.id})`),
          ]),
    );
    return exitOk;
  },
});
