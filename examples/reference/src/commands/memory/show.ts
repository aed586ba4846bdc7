import { exitOk, type Command } from "../../cli/command.ts";
import { memoryCommand } from "./memory-command.ts";
import { requireRecord } from "./require-record.ts";

/** Shows one record, whole. */
export const showRecordCommand: Command = memoryCommand({
  name: "memory show",
  summary: "show one record whole, with its counters and links",
  words: ["ID"],
  async run({ options, output, brain, scope }) {
    const { record, counters } = await requireRecord(brain, scope, options.word(0));
    const [from, to] = await Promise.all([
      brain.store.links(record.id),
      brain.store.links(record.id, { direction: "to" }),
    ]);
    output.result({ record, counters, from, to }, () => [
      `${output.paint("magenta", record.kind)}  ${record.id}  ${new Date(record.createdAt).toISOString()}`,
      record.text,
      "",
      ...Object.entries(record)
        .filter(([key]) => !["id", "kind", "text", "createdAt"].includes(key))
        .map(([key, value]) => `${output.paint("dim", key.padEnd(11))}  ${JSON.stringify(value)}`),
      `${output.paint("dim", "counters".padEnd(11))}  ${JSON.stringify(counters)}`,
      ...[...from, ...to].map(
        (link) =>
          `${link.from} ${output.paint("cyan", link.type)} ${link.to}${link.reason === undefined ? "" : `: ${link.reason}`}`,
      ),
    ]);
    return exitOk;
  },
});
