import { listFiles, readText } from "../git/tree.ts";

const noTests = /no test specified/;

/**
 * The command that runs a repository's tests, found by looking at its files: package.json's `test` script, files of
 * node:test, pytest, go and cargo. `undefined` when nothing is found.
 */
export async function findTestCommand(repo: string, tree: string): Promise<readonly string[] | undefined> {
  const { files } = await listFiles(repo, tree, "", 20_000);
  const has = (name: string): boolean => files.includes(name);
  if (has("package.json")) {
    const script = await testScript(repo, tree);
    if (script !== undefined && !noTests.test(script)) return ["npm", "--silent", "test"];
  }
  if (files.some((file) => /(?:^|\/)[^/]+[.-]test\.[cm]?js$|^test\/.*\.[cm]?js$/.test(file))) return ["node", "--test"];
  if (has("Cargo.toml")) return ["cargo", "test"];
  if (has("go.mod")) return ["go", "test", "./..."];
  if (
    has("pytest.ini") ||
    has("conftest.py") ||
    files.some((file) => /(?:^|\/)(?:test_[^/]+|[^/]+_test)\.py$/.test(file))
  ) {
    return ["python3", "-m", "pytest", "-q", "-rfE"];
  }
  return undefined;
}

async function testScript(repo: string, tree: string): Promise<string | undefined> {
  const { text } = await readText(repo, tree, "package.json");
  try {
    const manifest: unknown = JSON.parse(text);
    if (typeof manifest !== "object" || manifest === null || !("scripts" in manifest)) return undefined;
    const { scripts } = manifest;
    if (typeof scripts !== "object" || scripts === null || !("test" in scripts)) return undefined;
    return typeof scripts.test === "string" ? scripts.test : undefined;
  } catch {
    return undefined;
  }
}
