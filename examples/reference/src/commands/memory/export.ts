import { exportMemory } from "@brainops/core/memory";
import { checkSignal } from "../../cli/check-signal.ts";
import { writeOut } from "../../cli/write-out.ts";
import { exitOk, type Command } from "../../cli/command.ts";
import { memoryCommand } from "./memory-command.ts";

/** Writes the memory of a scope to stdout. */
export const exportMemoryCommand: Command = memoryCommand({
  name: "memory export",
  summary: "write a scope's memory to stdout: npx brainops memory export > memory.jsonl",
  details: [
    "Plain text, a record or link a line, with ids, versions, times and counters. It is not sealed: keep it as you would",
    "keep what it says. With --json it is one JSON value, `{ scope, lines }`.",
  ],
  async run({ output, io, brain, scope, work }) {
    const lines: string[] = [];
    let done = 0;
    for await (const line of exportMemory(brain.store, scope)) {
      checkSignal(io.signal);
      work.progress?.({ step: "exporting", done: done++ });
      if (output.json) lines.push(line);
      else await writeOut(io, line);
    }
    if (output.json) output.result({ scope, lines: lines.map((line) => JSON.parse(line) as unknown) }, () => []);
    return exitOk;
  },
});
