import { randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, readlink, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { BrainOpsError } from "@brainops/core";
import { runCommand } from "../command/run-command.ts";
import { sandboxFor, type Sandbox } from "../command/sandbox/options.ts";
import { git, gitLine } from "../git/git.ts";
import { clipStart } from "../text.ts";
import { linkAtomic } from "./files.ts";

/** Release folders, each made once from a commit and never changed, and the one that is current. */
export interface Releases {
  /** Makes the folder of a commit, or finds it. Returns the release's id. */
  make(commit: string, signal?: AbortSignal): Promise<string>;
  /** Absolute path of a release. Errors: `not_found`. */
  dir(id: string): Promise<string>;
  /** The one that is served, or `null` before the first. */
  current(): Promise<string | null>;
  /** The one that was current before. */
  previous(): Promise<string | null>;
  /** Makes a release the current one, by renaming a link: there is never none. Doing it again changes nothing. */
  switchTo(id: string): Promise<void>;
  /** Removes all but the `keep` newest; the current and the previous one always stay. Returns what was removed. */
  prune(keep: number): Promise<readonly string[]>;
  /** Removes one, unless it is the current or the previous one. Returns what was removed. */
  discard(id: string): Promise<readonly string[]>;
}

/** Where releases come from and lie. */
export interface ReleasesOptions {
  /** The git repository that releases are made from. */
  readonly repo: string;
  /** Folder that holds `releases/` and the links `current` and `previous`. */
  readonly home: string;
  /** Run in a new release before it can be seen, such as `["npm", "ci"]`. Default: nothing. */
  readonly setup?: readonly string[];
  /** How the set-up is kept in. Default `preferred`. */
  readonly sandbox?: Sandbox;
}

/**
 * Release folders under a home.
 *
 * @example
 * ```ts
 * import { releases } from "@brainops/nodes";
 * const folders = releases({ repo: "./shop", home: "./shop-home" });
 * await folders.switchTo(await folders.make("HEAD"));
 * ```
 */
export function releases(options: ReleasesOptions): Releases {
  const { repo, home, setup } = options;
  const root = join(home, "releases");

  async function linked(name: string): Promise<string | null> {
    try {
      return basename(await readlink(join(home, name)));
    } catch {
      return null;
    }
  }

  async function dir(id: string): Promise<string> {
    const path = join(root, id);
    if (!/^[0-9a-f]{7,64}$/.test(id) || !(await exists(path))) {
      throw new BrainOpsError("not_found", `There is no release ${JSON.stringify(id)}. Deploy its commit again.`);
    }
    return path;
  }

  const remove = async (id: string): Promise<void> => {
    // Out of sight first: a half-removed release must not look like one.
    const grave = join(root, `.draft-${id}-${randomUUID()}`);
    await rename(join(root, id), grave);
    await rm(grave, { recursive: true, force: true });
  };
  const self: Releases = {
    dir,
    current: () => linked("current"),
    previous: () => linked("previous"),
    async make(commit, signal) {
      const more = signal === undefined ? {} : { signal };
      const full = await gitLine(repo, ["rev-parse", "--verify", `${commit}^{commit}`], more);
      const id = full.slice(0, 12);
      if (await exists(join(root, id))) return id;
      const draft = join(root, `.draft-${id}-${randomUUID()}`);
      await mkdir(draft, { recursive: true });
      const env = { GIT_INDEX_FILE: join(root, `.index-${randomUUID()}`) };
      try {
        await git(repo, ["read-tree", full], { env, ...more });
        await git(repo, ["checkout-index", "--all", "--force", `--prefix=${draft}/`], { env, ...more });
        if (setup !== undefined) await runSetup(setup, draft, options.sandbox, signal);
        await protect(draft);
        await rename(draft, join(root, id));
      } catch (error) {
        // Another, such as a process that was believed dead, may have been faster: a release is the same from anyone.
        if (!(await exists(join(root, id)))) throw error;
      } finally {
        await rm(env.GIT_INDEX_FILE, { force: true });
        await rm(draft, { recursive: true, force: true });
      }
      return id;
    },
    async switchTo(id) {
      await dir(id);
      const before = await linked("current");
      if (before === id) return;
      if (before !== null) await linkAtomic(join(home, "previous"), join("releases", before));
      await linkAtomic(join(home, "current"), join("releases", id));
    },
    async prune(keep) {
      const stay = new Set([await linked("current"), await linked("previous")]);
      const found = await readdir(root).catch(() => []);
      const aged = await Promise.all(
        found
          .filter((name) => !name.startsWith("."))
          .map(async (id) => ({ id, at: (await stat(join(root, id))).ctimeMs })),
      );
      aged.sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1));
      const removed = aged.slice(keep).filter(({ id }) => !stay.has(id));
      for (const { id } of removed) await remove(id);
      return removed.map(({ id }) => id).sort();
    },
    async discard(id) {
      if (id === (await linked("current")) || id === (await linked("previous"))) return [];
      if (!(await exists(join(root, id)))) return [];
      await remove(id);
      return [id];
    },
  };
  return self;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Takes the right to write from every file, so that a release is not changed by accident. */
async function protect(dir: string): Promise<void> {
  // By their bytes: a name need not be UTF-8, and would not be found again as a text.
  const look = async (folder: Buffer): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true, encoding: "buffer" })) {
      const path = Buffer.concat([folder, Buffer.from("/"), entry.name]);
      if (entry.isDirectory()) await look(path);
      else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o555);
    }
  };
  await look(Buffer.from(dir));
}

async function runSetup(
  setup: readonly string[],
  cwd: string,
  sandbox: Sandbox | undefined,
  signal?: AbortSignal,
): Promise<void> {
  const more = signal === undefined ? {} : { signal };
  const result = await runCommand(setup, { cwd, timeoutMs: 300_000, sandbox: sandboxFor(sandbox, "setup"), ...more });
  if (result.exitCode === 0) return;
  const said = clipStart((result.stderr || result.stdout).trim(), 1_000);
  throw new BrainOpsError("command_failed", `The set-up command ${setup.join(" ")} failed in the release: ${said}`);
}
