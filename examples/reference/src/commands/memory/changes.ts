import { exitOk, type Command } from "../../cli/command.ts";
import { memoryCommand } from "./memory-command.ts";

/** Lists what changed in the memory. */
export const changesCommand: Command = memoryCommand({
  name: "memory changes",
  summary: "list what was put or erased since a position, oldest first",
  options: {
    after: { value: "N", help: "only what came after this position; default from the beginning" },
    limit: { value: "N", help: "at most so many; default 100" },
  },
  async run({ options, output, brain, scope }) {
    const [after = 0, limit = 100] = [options.whole("after"), options.whole("limit")];
    const changes = await brain.store.changes(scope, { after, limit });
    output.result(changes, () =>
      changes.length === 0
        ? ["Nothing has changed since then."]
        : changes.map(({ position, type, id }) => `${String(position).padStart(10)}  ${type.padEnd(4)}  ${id}`),
    );
    return exitOk;
  },
});
