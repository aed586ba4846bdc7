import { BrainOpsError, type EraseOptions, type Mention } from "@brainops/core";
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
    "Gone is also what runs worked with: what is left of their journals still proves that something happened, and no longer",
    "what. Where else its text or the person's name stands is listed, and left for you to decide on. Backups that were made",
    "before keep it.",
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
      `${plural(report.records, "record")} erased, and the values of ${plural(report.entries, "entry")} of ${plural(report.runs.length, "run")}.`,
      ...(report.mentions.length === 0 ? [] : ["Not erased, but speaking of it:"]),
      ...report.mentions.map((mention) => `  ${placeOf(mention)}`),
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

function placeOf(mention: Mention): string {
  if ("stream" in mention) return `${mention.stream}, entry ${mention.position}`;
  return "document" in mention ? `document ${mention.document}` : `memory ${mention.record}`;
}
