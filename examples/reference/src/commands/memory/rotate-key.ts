import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { BrainOpsError } from "@brainops/core";
import { rotate } from "@brainops/memory-sqlite";
import { exitOk, type Command } from "../../cli/command.ts";
import { showProgress } from "../../cli/progress.ts";
import { homeIn } from "../../home.ts";

/** Gives the memory a new key while it is in use. */
export const rotateKeyCommand: Command = {
  name: "memory rotate-key",
  summary: "give the memory a new key, made here, while it is in use",
  details: [
    "The new key stands beside the memory in a file of its own until everything is sealed under it; then it takes the place",
    "of the key file. Meanwhile the memory is opened by whichever of both it has. Stopped half way, begin again: it goes on. Backups from before keep the old key, so keep that, too.",
  ],
  async run({ options, output, io }) {
    const { file } = homeIn(options.path("home"), io.cwd);
    const [keyFile, newKeyFile] = [`${file}.key`, `${file}.key.new`];
    if (!existsSync(file))
      throw new BrainOpsError("not_found", `There is no memory ${file} whose key could be changed.`);
    if (!existsSync(keyFile))
      throw new BrainOpsError(
        "unsupported",
        `The key of this memory is not in ${keyFile} but yours to keep. Change it with rotate() of @brainops/memory-sqlite.`,
      );
    // Written down before anything is sealed under it: a key that nobody has is a memory that nobody reads.
    if (!existsSync(newKeyFile))
      writeFileSync(newKeyFile, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flush: true });
    const [key, newKey] = [keyFile, newKeyFile].map((path) => readFileSync(path, "utf8").trim()) as [string, string];
    const progress = showProgress({ io, output });
    try {
      await rotate({
        file,
        key,
        newKey,
        signal: io.signal,
        progress: (share) => progress.show({ step: "sealing, %", done: Math.round(share * 100) }),
      });
    } finally {
      progress.end();
    }
    renameSync(newKeyFile, keyFile);
    output.result({ file, keyFile }, () => [
      `Everything is sealed under the new key in ${keyFile}. Keep a copy of it.`,
    ]);
    return exitOk;
  },
};
