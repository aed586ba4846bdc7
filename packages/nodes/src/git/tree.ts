import { BrainOpsError, isBrainOpsError } from "@brainops/core";
import { clip } from "../text.ts";
import { git, gitLine, nulSeparated } from "./git.ts";

/** Bytes of the longest file that is read as a text. */
const longest = 10_000_000;

// Files are read from a git tree, not from disk: a tree has no absolute paths, no `..` and no links to follow, so
// nothing outside of it can be reached.

/** One entry of a tree. */
export interface TreeEntry {
  readonly path: string;
  /** `100644`, `100755`, `120000` (link) or `160000` (submodule). */
  readonly mode: string;
  readonly blob: string;
}

/** What lies at a path, or `undefined`. */
export async function treeEntry(repo: string, tree: string, path: string): Promise<TreeEntry | undefined> {
  const { stdout } = await git(repo, ["--literal-pathspecs", "ls-tree", "-z", "--full-tree", tree, "--", path]);
  return nulSeparated(stdout)
    .map(parseEntry)
    .find((entry) => entry?.path === path);
}

function parseEntry(line: string): TreeEntry | undefined {
  const match = /^(\d{6}) \w+ ([0-9a-f]+)\t([\s\S]+)$/.exec(line);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined) return undefined;
  return { mode: match[1], blob: match[2], path: match[3] };
}

/** A path as a model gives it: `./` and doubled slashes are taken away; what would lead out of the tree is refused. */
export function treePath(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (
    path.startsWith("/") ||
    path.includes("\0") ||
    parts.includes("..") ||
    parts.some((part) => part.toLowerCase() === ".git")
  ) {
    throw new BrainOpsError(
      "invalid_input",
      `The path ${JSON.stringify(clip(path, 200))} leads out of the repository. Give one relative to its top folder.`,
    );
  }
  return parts.join("/");
}

/** The whole text of a file. Errors: `not_found`; `unsupported` for links, submodules and binary files. */
export async function readText(
  repo: string,
  tree: string,
  path: string,
): Promise<{ readonly text: string; readonly mode: string }> {
  const clean = treePath(path);
  const entry = clean === "" ? undefined : await treeEntry(repo, tree, clean);
  if (entry === undefined || entry.mode === "040000") {
    throw new BrainOpsError("not_found", `There is no file ${JSON.stringify(clip(path, 200))}. List the files first.`);
  }
  if (!entry.mode.startsWith("100")) {
    throw new BrainOpsError("unsupported", `${path} is a link or a submodule; only files can be read.`);
  }
  const bytes = Number(await gitLine(repo, ["cat-file", "-s", entry.blob]));
  if (bytes > longest)
    throw new BrainOpsError(
      "unsupported",
      `${path} has ${bytes} bytes; files of up to ${longest} can be read. Search for what you need in it.`,
    );
  const { stdout } = await git(repo, ["cat-file", "blob", entry.blob]);
  if (stdout.includes("\0")) throw new BrainOpsError("unsupported", `${path} is a binary file; only text can be read.`);
  return { text: stdout, mode: entry.mode };
}

/** Some lines of a file. */
export interface FileView {
  readonly path: string;
  /** Number of the first line shown, from 1. */
  readonly from: number;
  /** How many lines the file has. */
  readonly lines: number;
  readonly content: string;
  /** Whether there is more below. */
  readonly more: boolean;
}

/** Lines `from` to `to` of a file (both from 1), at most `max` characters of them. */
export async function readLines(
  repo: string,
  tree: string,
  path: string,
  range: { readonly from?: number | undefined; readonly to?: number | undefined; readonly max?: number } = {},
): Promise<FileView> {
  const { text } = await readText(repo, tree, path);
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const from = Math.max(1, Math.floor(range.from ?? 1));
  const wanted = lines.slice(from - 1, Math.max(from - 1, range.to ?? lines.length));
  const max = range.max ?? 16_000;
  let size = 0;
  let count = 0;
  for (const line of wanted) {
    size += line.length + 1;
    if (size > max && count > 0) break;
    count += 1;
  }
  const content = clip(wanted.slice(0, count).join("\n") + (count > 0 ? "\n" : ""), max + 1);
  return { path: treePath(path), from, lines: lines.length, content, more: from - 1 + count < lines.length };
}

/** Paths of the files in a tree, sorted, at most `limit`, with how many there are. */
export async function listFiles(
  repo: string,
  tree: string,
  under = "",
  limit = 500,
): Promise<{ readonly files: readonly string[]; readonly total: number }> {
  const clean = treePath(under);
  const args = ["--literal-pathspecs", "ls-tree", "-r", "-z", "--name-only", "--full-tree", tree];
  const { stdout } = await git(repo, clean === "" ? args : [...args, "--", clean]);
  const all = nulSeparated(stdout);
  return { files: all.slice(0, limit), total: all.length };
}

/** A line that holds what was searched. */
export interface Match {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** Lines that hold a text as it is (no pattern), ignoring case, at most `limit`. */
export async function searchText(
  repo: string,
  tree: string,
  text: string,
  limit = 50,
): Promise<{ readonly matches: readonly Match[]; readonly total: number }> {
  if (text.trim() === "") throw new BrainOpsError("invalid_input", "The text to search is empty.");
  const args = [
    "grep",
    "-I",
    "-i",
    "-n",
    "-F",
    "-z",
    "--full-name",
    "--no-color",
    "-e",
    text.split("\n")[0] ?? "",
    tree,
  ];
  const { stdout } = await git(repo, args, { ok: [0, 1] }).catch((error: unknown) => {
    if (!isBrainOpsError(error, "command_failed") || error.details?.["cut"] !== true) throw error;
    // A text that stands everywhere: the first places of each file will do.
    return git(repo, ["grep", `--max-count=${limit}`, ...args.slice(1)], { ok: [0, 1] });
  });
  // With -z: "<tree>:path NUL line NUL text LF".
  const matches = [...stdout.matchAll(/([^\0]*)\0(\d+)\0([^\n]*)\n/g)].map((match) => ({
    path: (match[1] ?? "").slice(tree.length + 1),
    line: Number(match[2]),
    text: clip(match[3] ?? "", 300),
  }));
  return { matches: matches.slice(0, limit), total: matches.length };
}
