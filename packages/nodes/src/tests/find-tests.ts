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

/** What a file says of how tests are run: its path, and the command. Asked in order. */
const byFile: readonly (readonly [RegExp, (path: string) => readonly string[]])[] = [
  [/^deno\.jsonc?$/, () => ["deno", "test"]],
  [/^(?:(?:.*\/)?[^/]+[.-]test\.[cm]?[jt]s|test\/.*\.[cm]?js)$/, () => ["node", "--test"]],
  [/^Cargo\.toml$/, () => ["cargo", "test"]],
  [/^go\.mod$/, () => ["go", "test", "-v", "./..."]],
  [/^mvnw$/, () => ["./mvnw", "-B", "test"]],
  [/^pom\.xml$/, () => ["mvn", "-B", "test"]],
  [/^gradlew$/, () => ["./gradlew", "test"]],
  [/^(?:build|settings)\.gradle(?:\.kts)?$/, () => ["gradle", "test"]],
  [/^mix\.exs$/, () => ["mix", "test"]],
  [/^[^/]+\.(?:sln|slnx|csproj|fsproj)$/, () => ["dotnet", "test"]],
  [/^spec\/.*_spec\.rb$/, () => ["bundle", "exec", "rspec"]],
  [/^phpunit\.xml(?:\.dist)?$/, () => ["vendor/bin/phpunit"]],
];

/** The same where only one folder below has it: where there are several, nobody knows which is meant. */
const byFolder: readonly (readonly [RegExp, (folder: string) => readonly string[]])[] = [
  [/^(.+)\/Cargo\.toml$/, (folder) => ["cargo", "test", "--manifest-path", `${folder}/Cargo.toml`]],
  [/^(.+)\/go\.mod$/, (folder) => ["go", "-C", folder, "test", "-v", "./..."]],
  [/^(.+)\/pom\.xml$/, (folder) => ["mvn", "-B", "-f", `${folder}/pom.xml`, "test"]],
];

/**
 * The command that runs a repository's tests, found by looking at its files: package.json's `test` script, a runner that
 * it depends on, the scripts of its workspaces, files of node:test, cargo, go, Maven, Gradle and others, pytest and unittest,
 * and at last a Makefile that knows `test`. `undefined` when nothing is found.
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
  const own = has("package.json") ? await ofPackage(repo, tree, files) : undefined;
  if (own !== undefined) return own;
  for (const [pattern, command] of byFile) {
    const found = files.find((file) => pattern.test(file));
    if (found !== undefined) return command(found);
  }
  const python = await ofPython(repo, tree, files);
  if (python !== undefined) return python;
  for (const [pattern, command] of byFolder) {
    const folders = files.flatMap((file) => pattern.exec(file)?.[1] ?? []);
    if (folders.length === 1) return command(folders[0] ?? "");
  }
  const makefile = ["GNUmakefile", "makefile", "Makefile"].find(has);
  if (makefile === undefined) return undefined;
  const { text } = await readText(repo, tree, makefile);
  return /^test\s*:(?!=)/m.test(text) ? ["make", "test"] : undefined;
}

async function ofPackage(repo: string, tree: string, files: readonly string[]): Promise<readonly string[] | undefined> {
  const manifest = await manifestOf(repo, tree, "package.json");
  if (hasTests(manifest)) return ["npm", "--silent", "test"];
  const needed = { ...manifest.dependencies, ...manifest.devDependencies };
  const runner = runners.find(([name]) => name in needed);
  if (runner !== undefined) return runner[1];
  const pnpm = files.includes("pnpm-workspace.yaml");
  if (!pnpm && manifest.workspaces === undefined) return undefined;
  const packages = files.filter((file) => file.endsWith("/package.json")).slice(0, mostPackages);
  for (const path of packages)
    if (hasTests(await manifestOf(repo, tree, path)))
      return pnpm ? ["pnpm", "-r", "test"] : ["npm", "--silent", "test", "--workspaces", "--if-present"];
  return undefined;
}

/** Packages of a repository that are looked into. */
const mostPackages = 200;

function hasTests({ scripts }: Manifest): boolean {
  const script = scripts?.["test"];
  return script !== undefined && !noTests.test(script);
}

async function ofPython(repo: string, tree: string, files: readonly string[]): Promise<readonly string[] | undefined> {
  if (files.includes("pytest.ini") || files.includes("conftest.py")) return pytest;
  if (!files.some((file) => /(?:^|\/)(?:test_[^/]+|[^/]+_test)\.py$/.test(file))) return undefined;
  // unittest comes with Python; pytest runs its tests too, but has to be installed.
  const named = await git(repo, ["grep", "-l", "-w", "pytest", tree, "--", "*.py", "*.toml", "*.cfg", "*.txt"], {
    ok: [0, 1],
  });
  const plain = await git(repo, ["grep", "-l", "-w", "import unittest", tree, "--", "*.py"], { ok: [0, 1] });
  return named.exitCode === 1 && plain.exitCode === 0 ? ["python3", "-m", "unittest", "-v"] : pytest;
}

const pytest: readonly string[] = ["python3", "-m", "pytest", "-v", "-rfE"];

const names = z.record(z.string(), z.string()).optional().catch(undefined);
const manifestSchema = z.object({
  scripts: names,
  dependencies: names,
  devDependencies: names,
  workspaces: z.unknown().optional(),
});
type Manifest = Partial<z.output<typeof manifestSchema>>;

async function manifestOf(repo: string, tree: string, path: string): Promise<Manifest> {
  const { text } = await readText(repo, tree, path);
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}
