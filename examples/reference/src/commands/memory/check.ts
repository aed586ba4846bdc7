import { existsSync } from "node:fs";
import { BrainOpsError } from "@brainops/core";
import { check } from "@brainops/memory-sqlite";
import { exitFailed, exitOk, type Command } from "../../cli/command.ts";
import { showProgress } from "../../cli/progress.ts";
import { homeIn } from "../../home.ts";
import { plural } from "../../timeline/words.ts";
import { keyOption, withKey } from "./key-of.ts";

/** Looks whether the memory is whole. */
export const checkCommand: Command = {
  name: "memory check",
  summary: "look whether the memory, or a backup of it, is whole; nothing is changed",
  options: { file: { value: "FILE", help: "a backup, in place of the memory of the home" }, ...keyOption },
  details: [
    "Opens every sealed value, follows every journal's chain of hashes, and compares the index and all counts with what is",
    "there. It may be in use meanwhile. Exit code 1 says that something is wrong.",
  ],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const file = options.path("file") ?? home.file;
    if (!existsSync(file))
      throw new BrainOpsError("not_found", `There is no memory ${file} to check. Name one with --home or --file.`, {
        details: { file },
      });
    const progress = showProgress({ io, output });
    try {
      const report = await withKey(home.file, options, io, (key) =>
        check({
          file,
          key,
          signal: io.signal,
          progress: (share) => progress.show({ step: "checking, %", done: Math.round(share * 100) }),
        }),
      );
      progress.end();
      const { ok, problems, records, entries } = report;
      output.result({ file, ...report }, () => [
        ...problems.map(({ code, message }) => `${output.paint("red", code)}: ${message}`),
        ok
          ? `${file} is whole: ${plural(records, "record")} and ${plural(entries, "entry")}.`
          : `${file} is damaged: ${plural(problems.length, "problem")}. 'npx brainops memory restore' makes one of a backup.`,
      ]);
      return ok ? exitOk : exitFailed;
    } finally {
      progress.end();
    }
  },
};
