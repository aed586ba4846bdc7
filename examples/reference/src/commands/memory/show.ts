import { BrainOpsError, type Brain, type StoredRecord } from "@brainops/core";
import { isWithin } from "@brainops/core/recall";
import { exitOk, type Command } from "../../cli/command.ts";
import { memoryCommand } from "./memory-command.ts";

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

/** A record that must be there, within the scope. Throws `not_found`. */
async function requireRecord(brain: Brain, scope: string, id: string): Promise<StoredRecord> {
  const [found] = await brain.store.records([id]);
  if (found !== undefined && isWithin(found.record.scope, scope)) return found;
  throw new BrainOpsError(
    "not_found",
    `There is no record '${id}' within '${scope}'. 'npx brainops memory recall' shows the ids of what it finds.`,
    { details: { id, scope } },
  );
}
