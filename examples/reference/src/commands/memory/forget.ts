import { BrainOpsError, type EraseOptions } from "@brainops/core";
import { exitOk, type Command } from "../../cli/command.ts";
import { findRun } from "../../open-brain.ts";
import { plural } from "../../timeline/words.ts";
import { memoryCommand, type MemoryCall } from "./memory-command.ts";
import { requireRecord } from "./require-record.ts";

/** Erases for good. */
export const forgetCommand: Command = memoryCommand({
  name: "memory forget",
  summary: "erase a record, a person, a run or a scope for good, in memory and journals",
  options: {
    record: { value: "ID", help: "this record; a verdict is taken back with it" },
    subject: { value: "NAME", help: "or everything about this person" },
    run: { value: "RUN", help: "or everything that this run did and remembered" },
    all: { help: "or everything in --scope, which must be given" },
    yes: { help: "really erase it; without it nothing is done" },
  },
  details: [
    "Journals stay provable and say 'erased'. What is found to speak of it without a label is listed, for you to look at.",
    "Backups that were made before keep it.",
  ],
  async run(call) {
    const { options, output, brain, work } = call;
    const target = await targetOf(call);
    if (!options.flag("yes"))
      throw new BrainOpsError("invalid_input", "What is erased cannot be had back. Say --yes when that is meant.");
    const report = await brain.erase({
      ...target,
      ...(work.signal === undefined ? {} : { signal: work.signal }),
      onProgress: ({ runs }) => work.progress?.({ step: "looking through runs", done: runs }),
    });
    output.result(report, () => [
      `${plural(report.records, "record")} and ${plural(report.entries, "entry")} of ${plural(report.runs.length, "run")} erased.`,
      ...report.mentions.map((mention) => `It is still spoken of in ${JSON.stringify(mention)}`),
    ]);
    return exitOk;
  },
});

/** What is to be erased: exactly one thing. */
async function targetOf({ options, brain, scope }: MemoryCall): Promise<EraseOptions> {
  const [record, subject, run] = ["record", "subject", "run"].map((name) => options.text(name));
  const whole = options.flag("all") ? options.required("scope") : undefined;
  if ([record, subject, run, whole].filter((each) => each !== undefined).length !== 1)
    throw new BrainOpsError(
      "invalid_input",
      "Say what to forget: one of --record, --subject, --run, and --all with --scope.",
    );
  if (record !== undefined) return { ids: [(await requireRecord(brain, scope, record)).record.id] };
  if (run !== undefined) return { run: await findRun(brain, run) };
  return subject === undefined ? { scope: whole ?? scope } : { subject };
}
