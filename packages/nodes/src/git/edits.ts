import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BrainOpsError, isBrainOpsError } from "@brainops/core";
import { temporaryFolder } from "../command/temporary.ts";
import { clip } from "../text.ts";
import { git, gitLine, nulSeparated } from "./git.ts";
import { hunksOf, repairEdit } from "./repair.ts";
import { readText, treeEntry, treePath } from "./tree.ts";

// A proposal is turned into a new git tree beside the old one. Trees are named by their content, so doing it again
// after a crash gives the same one, and nothing that can be seen has changed until a commit points to it.

/** A proposal: replace a text that stands in a file exactly once (an empty `search` makes a new file). */
export interface Edit {
  readonly path: string;
  readonly search: string;
  readonly replace: string;
}

/** What a proposal came to. */
export interface Edited {
  /** The new tree. */
  readonly tree: string;
  /** Paths that differ from the tree before. */
  readonly files: readonly string[];
  /** How it was made to apply, when it did not as it was given. */
  readonly repaired?: string;
}

/** Applies a search-and-replace; white space that is mistaken is repaired where only one place fits. Errors: `invalid_input`, `not_found`, `unsupported`, in words that help to repair it. */
export async function applyEdit(repo: string, tree: string, edit: Edit): Promise<Edited> {
  const path = treePath(edit.path);
  if (path === "") throw new BrainOpsError("invalid_input", "The path is empty. Name a file.");
  const { text, mode } = edit.search === "" ? await newFile(repo, tree, path) : await readText(repo, tree, path);
  // What was read of it is not what is in it: written back, the rest of the file would be another.
  if (text.includes("\uFFFD"))
    throw new BrainOpsError(
      "unsupported",
      `${path} is not encoded in UTF-8, so it cannot be edited as a text. Use apply_patch, with lines around that are plain ASCII.`,
    );
  const repaired =
    edit.search === "" || text.includes(edit.search) ? undefined : repairEdit(text, edit.search, edit.replace);
  const next = edit.search === "" ? edit.replace : (repaired?.text ?? replaceOnce(text, edit, path));
  if (next === text) throw new BrainOpsError("invalid_input", `The edit changes nothing in ${path}.`);
  const blob = await gitLine(repo, ["hash-object", "-w", "--stdin"], { input: next });
  const edited = await withIndex(repo, tree, async (env) => {
    await git(repo, ["update-index", "-z", "--add", "--index-info"], { env, input: `${mode} ${blob}\t${path}\0` });
  });
  return repaired === undefined ? edited : { ...edited, repaired: `it stands there ${repaired.how}` };
}

async function newFile(
  repo: string,
  tree: string,
  path: string,
): Promise<{ readonly text: string; readonly mode: string }> {
  const parts = path.split("/");
  for (let i = 1; i < parts.length; i++) {
    const parent = parts.slice(0, i).join("/");
    const entry = await treeEntry(repo, tree, parent);
    if (entry === undefined) break;
    if (entry.mode !== "040000")
      throw new BrainOpsError("invalid_input", `${parent} is no folder, so ${path} cannot be made in it.`);
  }
  if ((await treeEntry(repo, tree, path)) !== undefined) {
    throw new BrainOpsError(
      "invalid_input",
      `${path} exists already. Read it, and give the text to replace in \`search\`.`,
    );
  }
  return { text: "\0", mode: "100644" };
}

function replaceOnce(text: string, edit: Edit, path: string): string {
  const first = text.indexOf(edit.search);
  if (first === -1) {
    throw new BrainOpsError(
      "not_found",
      `The text to replace does not stand in ${path}. Read the file again and copy it exactly, spaces and line ends included.`,
    );
  }
  if (text.includes(edit.search, first + 1)) {
    throw new BrainOpsError(
      "invalid_input",
      `The text to replace stands in ${path} more than once. Add lines around it until it is unique.`,
    );
  }
  return text.slice(0, first) + edit.replace + text.slice(first + edit.search.length);
}

/**
 * Applies a unified diff with `git apply`, or else hunk by hunk where their lines stand. Errors: `invalid_input` with
 * git's own words when it does not apply.
 */
export async function applyPatch(repo: string, tree: string, patch: string): Promise<Edited> {
  try {
    return await applyStrictly(repo, tree, patch);
  } catch (error) {
    const edited = await byHunks(repo, tree, patch);
    if (edited === undefined) throw error;
    return edited;
  }
}

/** Applies each hunk where its lines stand, whatever its numbers say. `undefined` unless all of them apply. */
async function byHunks(repo: string, tree: string, patch: string): Promise<Edited | undefined> {
  const files = new Set<string>();
  let at = tree;
  for (const hunk of hunksOf(patch) ?? []) {
    try {
      const edited = await applyEdit(repo, at, hunk);
      at = edited.tree;
      for (const file of edited.files) files.add(file);
    } catch (error) {
      if (isBrainOpsError(error)) return undefined;
      throw error;
    }
  }
  return at === tree ? undefined : { tree: at, files: [...files], repaired: "its lines stand elsewhere" };
}

async function applyStrictly(repo: string, tree: string, patch: string): Promise<Edited> {
  const input = patch.endsWith("\n") ? patch : `${patch}\n`;
  return withIndex(repo, tree, async (env) => {
    try {
      await git(repo, ["apply", "--cached", "--recount", "--whitespace=nowarn", "-"], { env, input });
    } catch (error) {
      if (!isBrainOpsError(error, "command_failed")) throw error;
      throw new BrainOpsError(
        "invalid_input",
        `The patch does not apply. ${clip(error.message, 1_000)}. Read the files again and make a new one.`,
        { cause: error },
      );
    }
  });
}

async function withIndex(
  repo: string,
  tree: string,
  change: (env: { readonly [name: string]: string }) => Promise<void>,
): Promise<Edited> {
  const dir = await temporaryFolder("index");
  try {
    const env = { GIT_INDEX_FILE: join(dir, "index") };
    await git(repo, ["read-tree", tree], { env });
    await change(env);
    const next = await gitLine(repo, ["write-tree"], { env });
    return { tree: next, files: await changedFiles(repo, tree, next) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Paths that differ between two trees or commits. Refuses new links and submodules: they lead out of the tree. */
export async function changedFiles(repo: string, before: string, after: string): Promise<readonly string[]> {
  const { stdout } = await git(repo, [
    "diff-tree",
    "-r",
    "-z",
    "--raw",
    "--no-renames",
    "--no-ext-diff",
    before,
    after,
  ]);
  const parts = nulSeparated(stdout);
  const files: string[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [, mode] = (parts[i] ?? "").split(" ");
    const path = parts[i + 1] ?? "";
    if (mode === "120000" || mode === "160000") {
      throw new BrainOpsError(
        "invalid_input",
        `${path} would become a link or a submodule; only files may be changed.`,
      );
    }
    files.push(path);
  }
  return files;
}

/** The difference between two trees or commits as a unified diff, at most `max` characters. */
export async function diffText(repo: string, before: string, after: string, max = 8_000): Promise<string> {
  const { stdout } = await git(repo, [
    "diff-tree",
    "-p",
    "-r",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    before,
    after,
  ]);
  return clip(stdout, max);
}
