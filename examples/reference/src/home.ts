import { accessSync, constants, existsSync, mkdirSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { BrainOpsError } from "@brainops/core";

/** The folder that holds everything: memory and journals in one file, and a work folder for each run. */
export interface Home {
  readonly folder: string;
  /** The store's file. */
  readonly file: string;
  /** A command to be typed next, for this home. */
  command(words: string): string;
  exists(): boolean;
  /** Makes the folder. Throws `store_read_only` when that is not possible, having made nothing. */
  make(): void;
}

/** The home in a folder; default `.brainops` in the current one. */
export function homeIn(folder: string | undefined, cwd: string): Home {
  const root = folder ?? resolve(cwd, ".brainops");
  if (statSync(root, { throwIfNoEntry: false })?.isFile() === true)
    throw new BrainOpsError("invalid_input", `${root} is a file, not a folder. Give a folder with --home.`);
  return {
    folder: root,
    file: join(root, "memory.db"),
    command: (words) => `npx brainops ${words}${folder === undefined ? "" : ` --home ${folder}`}`,
    exists: () => existsSync(join(root, "memory.db")),
    make() {
      const missing: string[] = [];
      let above = root;
      for (; !existsSync(above); above = dirname(above)) missing.unshift(above);
      if (!statSync(above).isDirectory()) {
        throw new BrainOpsError("invalid_input", `${above} is a file, not a folder. Give another folder with --home.`);
      }
      const made: string[] = [];
      try {
        accessSync(above, constants.W_OK);
        // The home is for its owner alone: logs, releases and worktrees in it are as they are.
        // One by one: what was made before one fails can be taken back, and nothing is left behind.
        for (const folder of missing) {
          mkdirSync(folder, folder === root ? { mode: 0o700 } : {});
          made.unshift(folder);
        }
        // It may lie in a repository, where it must not count as a change. A folder that was there before is the
        // user's, and what git is to see of it is not ours to say.
        if (made.length > 0) writeFileSync(join(root, ".gitignore"), "*\n");
      } catch (cause) {
        for (const folder of made) rmdirSync(folder);
        throw new BrainOpsError(
          "store_read_only",
          `The folder ${above} cannot be written. Give another with --home, or change who may write to it.`,
          { cause },
        );
      }
    },
  };
}
