import { BrainOpsError, trustLevels } from "@brainops/core";
import { feedback } from "@brainops/core/memory";
import { exitOk, type Command } from "../../cli/command.ts";
import { findRun } from "../../open-brain.ts";
import { plural } from "../../timeline/words.ts";
import { memoryCommand } from "./memory-command.ts";
import { oneOf } from "./words.ts";

/** Remembers a verdict. */
export const feedbackCommand: Command = memoryCommand({
  name: "memory feedback",
  summary: "judge a run, decision, learning or solution; VERDICT is good or bad",
  words: ["VERDICT"],
  options: {
    run: { value: "RUN", help: "the run that is judged, and with it what it had recalled" },
    record: { value: "ID", help: "or the record that is judged" },
    by: { value: "NAME", help: "who judges", required: true },
    trust: { value: "TRUST", help: "what judges: person, test or model; default person" },
    reason: { value: "TEXT", help: "why, in words" },
  },
  details: [
    "A verdict is remembered and can be taken back: 'npx brainops memory forget' with its id. A person's weighs more than a",
    "test's, a test's more than a model's.",
  ],
  async run({ options, output, brain, scope }) {
    const verdict = oneOf("VERDICT", options.word(0), ["good", "bad"]);
    const [run, record, reason] = [options.text("run"), options.text("record"), options.text("reason")];
    if ((run === undefined) === (record === undefined))
      throw new BrainOpsError("invalid_input", "Say what is judged: either --run RUN or --record ID.");
    const on = run === undefined ? { record: record ?? "" } : { run: await findRun(brain, run) };
    const given = await feedback(brain.store, scope, {
      on,
      verdict,
      by: options.required("by"),
      trust: oneOf("--trust", options.text("trust") ?? "person", trustLevels),
      ...(reason === undefined ? {} : { reason }),
    });
    output.result({ ...given, verdict, on }, () => [
      `Remembered as ${given.id}. It changes the standing of ${plural(given.about.length, "record")}.`,
    ]);
    return exitOk;
  },
});
