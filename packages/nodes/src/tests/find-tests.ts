import { z } from "zod";
import { git } from "../git/git.ts";
import { listFiles, readText } from "../git/tree.ts";

const noTests = /no test specified/;

/** Runners that a package may depend on without naming a script, and how they are run once. */
const runners: readonly (readonly [string, readonly string[]])[] = [
  ["vitest", ["npx", "vitest", "run"]],
  ["jest", ["npx", "jest"]],
  ["mocha", ["npx", "mocha"]],
];

/**
 * The command that runs a repository's tests, found by looking at its files: package.json's `test` script, a runner that
 * it depends on, files of node:test, cargo, go, pytest and unittest. `undefined` when nothing is found.
 *
 * @example
 * ```ts
 * import { findTestCommand } from "@brainops/nodes";
 * console.log(await findTestCommand("./shop", "HEAD")); // such as ["npm", "test"]
 * ```
 */
export async function findTestCommand(repo: string, tree: string): Promise<readonly string[] | undefined> {
  const { files } = await listFiles(repo, tree, "", 20_000);
  const has = (name: string): boolean => files.includes(name);
  if (has("package.json")) {
    const manifest = await manifestOf(repo, tree);
    const script = manifest.scripts?.["test"];
    if (script !== undefined && !noTests.test(script)) return ["npm", "--silent", "test"];
    const needed = { ...manifest.dependencies, ...manifest.devDependencies };
    const runner = runners.find(([name]) => name in needed);
    if (runner !== undefined) return runner[1];
  }
  if (files.some((file) => /(?:^|\/)[^/]+[.-]test\.[cm]?js$|^test\/.*\.[cm]?js$/.test(file))) return ["node", "--test"];
  if (has("Cargo.toml")) return ["cargo", "test"];
  if (has("go.mod")) return ["go", "test", "-v", "./..."];
  if (has("pytest.ini") || has("conftest.py")) return pytest;
  if (files.some((file) => /(?:^|\/)(?:test_[^/]+|[^/]+_test)\.py$/.test(file))) {
    // unittest comes with Python; pytest runs its tests too, but has to be installed.
    const named = await git(repo, ["grep", "-l", "-w", "pytest", tree, "--", "*.py", "*.toml", "*.cfg", "*.txt"], {
      ok: [0, 1],
    });
    const plain = await git(repo, ["grep", "-l", "-w", "import unittest", tree, "--", "*.py"], { ok: [0, 1] });
    return named.exitCode === 1 && plain.exitCode === 0 ? ["python3", "-m", "unittest", "-v"] : pytest;
  }
  return undefined;
}

const pytest: readonly string[] = ["python3", "-m", "pytest", "-v", "-rfE"];

const names = z.record(z.string(), z.string()).optional().catch(undefined);
const manifestSchema = z.object({ scripts: names, dependencies: names, devDependencies: names });

async function manifestOf(repo: string, tree: string): Promise<z.output<typeof manifestSchema>> {
  const { text } = await readText(repo, tree, "package.json");
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}
