import { cp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bug } from "./bugs.ts";
import { git } from "./git.ts";

/** Where the sample service lies, sound and with all its tests passing. */
export const sampleFolder: string = fileURLToPath(new URL("../../sample", import.meta.url));

/**
 * Makes a git repository of the sample with one bug in it. Doing it twice is harmless: the repository appears as a
 * whole, by a rename, and one that is there is left alone.
 */
export async function prepareSample(folder: string, bug: Bug): Promise<{ readonly commit: string }> {
  const exists = await stat(join(folder, ".git")).then(
    () => true,
    () => false,
  );
  if (!exists) {
    const draft = `${folder}.draft`;
    await rm(draft, { recursive: true, force: true });
    await cp(sampleFolder, draft, { recursive: true });
    await plant(draft, bug);
    await git(draft, "init", "--quiet");
    await git(draft, "add", "--all");
    await git(draft, "commit", "--quiet", "--message", "Open the stockroom");
    await rename(draft, folder);
  }
  return { commit: await git(folder, "rev-list", "--max-parents=0", "HEAD") };
}

/** Puts a bug into a copy of the sample. */
export async function plant(folder: string, bug: Bug): Promise<void> {
  const file = join(folder, bug.file);
  const text = await readFile(file, "utf8");
  const parts = text.split(bug.before);
  if (parts.length !== 2)
    throw new Error(`${bug.file} should hold '${bug.before}' once, not ${parts.length - 1} times`);
  await writeFile(file, parts.join(bug.after));
}
