import { formatWhy, why } from "@brainops/core/memory";
import { exitOk, type Command } from "../../cli/command.ts";
import { memoryCommand } from "./memory-command.ts";

/** Says why something is believed. */
export const whyCommand: Command = memoryCommand({
  name: "memory why",
  summary: "say why something is believed, down to the experiences",
  words: ["ID"],
  options: {
    depth: { value: "N", help: "so many arrows down; default 6" },
    breadth: { value: "N", help: "so many reasons of one kind a record; default 10" },
  },
  async run({ options, output, brain, scope }) {
    const [depth, breadth] = [options.whole("depth"), options.whole("breadth")];
    const tree = await why(brain.store, scope, options.word(0), {
      ...(depth === undefined ? {} : { depth }),
      ...(breadth === undefined ? {} : { breadth }),
    });
    output.result(tree, () =>
      formatWhy(tree, {
        columns: output.live ? output.columns : 300,
        dim: (text) => output.paint("dim", text),
      }),
    );
    return exitOk;
  },
});
