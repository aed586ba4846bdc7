import { existsSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { restore } from "@brainops/memory-sqlite";
import { exitOk, type Command } from "../../cli/command.ts";
import { showProgress } from "../../cli/progress.ts";
import { homeIn } from "../../home.ts";
import { keyOption, withKey } from "./key-of.ts";

/** Makes a memory from a backup. */
export const restoreCommand: Command = {
  name: "memory restore",
  summary: "make the memory of a home from a backup; never over one that is there",
  words: ["FILE"],
  options: keyOption,
  details: [
    "Every value of the copy is opened before it gets its name; a damaged backup restores nothing. To go back to a backup,",
    "name a new --home, or move the memory away first. A key that was named with --key is kept beside the new memory.",
  ],
  async run({ options, output, io }) {
    const home = homeIn(options.path("home"), io.cwd);
    const from = resolve(io.cwd, options.word(0));
    let key = "";
    const progress = showProgress({ io, output });
    const isNew = !existsSync(home.folder);
    try {
      await withKey(home.file, options, io, async (tried) => {
        key = tried;
        home.make();
        await restore({
          from,
          to: home.file,
          key,
          signal: io.signal,
          progress: (share) => progress.show({ step: "restoring, %", done: Math.round(share * 100) }),
        });
      });
    } catch (error) {
      if (isNew) rmSync(home.folder, { recursive: true, force: true });
      throw error;
    } finally {
      progress.end();
    }
    const keyFile = `${home.file}.key`;
    if (options.path("key") !== undefined && !existsSync(keyFile))
      writeFileSync(keyFile, `${key}\n`, { mode: 0o600, flush: true });
    output.result({ from, to: home.file }, () => [`Restored ${home.file} from ${from}, every value of it checked.`]);
    return exitOk;
  },
};
