import { z } from "zod";
import { listFiles, readText } from "../git/tree.ts";

/** Scripts of a package.json that check types or style, by the names that people give them. */
const scriptNames = ["typecheck", "type-check", "types", "check-types", "tsc", "lint"];

/** Checks that a tool does when its configuration lies in the top folder. None of them writes. */
const tools: readonly { readonly file: string; readonly commands: readonly (readonly string[])[] }[] = [
  { file: "go.mod", commands: [["go", "vet", "./..."]] },
  { file: "Cargo.toml", commands: [["cargo", "check", "--quiet", "--offline"]] },
  { file: "ruff.toml", commands: [["ruff", "check", "."]] },
  { file: "mypy.ini", commands: [["mypy", "."]] },
];

/** The type checks and linters of a repository at a commit, found by looking at it; none when it names none. */
export async function findChecks(repo: string, commit: string): Promise<readonly (readonly string[])[]> {
  const { files } = await listFiles(repo, commit, "", 20_000);
  const top = new Set(files.filter((file) => !file.includes("/")));
  const found: (readonly string[])[] = [];
  if (top.has("package.json")) {
    const { text } = await readText(repo, commit, "package.json");
    const scripts = scriptsOf(text);
    for (const name of scriptNames) if (Object.hasOwn(scripts, name)) found.push(["npm", "run", "--silent", name]);
  }
  for (const { file, commands } of tools) if (top.has(file)) found.push(...commands);
  return found;
}

function scriptsOf(text: string): { readonly [name: string]: string } {
  try {
    const { data } = z.object({ scripts: z.record(z.string(), z.string()) }).safeParse(JSON.parse(text));
    return data?.scripts ?? {};
  } catch {
    return {};
  }
}
