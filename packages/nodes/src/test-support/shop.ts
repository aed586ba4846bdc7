import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { scripted, type Script } from "./script.ts";

/** A small HTTP service with a configuration, a bug in `price.js`, and tests that show it. */
export const shopFiles: { readonly [path: string]: string } = {
  "package.json": JSON.stringify({ name: "shop", type: "module", private: true }),
  "config.json": JSON.stringify({ discount: 10, delayMs: 30 }),
  "price.js": "export function price(amount, discount) {\n  return amount + (amount * discount) / 100;\n}\n",
  "server.js": [
    'import { createServer } from "node:http";',
    'import { readFileSync } from "node:fs";',
    'import { price } from "./price.js";',
    "createServer((request, response) => {",
    "  let config;",
    "  try {",
    '    config = JSON.parse(readFileSync(process.env.CONFIG, "utf8"));',
    '    if (!(config.discount >= 0)) throw new Error("discount must be a number of 0 or more");',
    "  } catch (error) {",
    "    response.writeHead(500).end(`bad configuration: ${error.message}`);",
    "    return;",
    "  }",
    '  if (request.url === "/health") return response.end(JSON.stringify({ ok: true, release: process.env.RELEASE }));',
    "  setTimeout(() => response.end(String(price(100, config.discount))), config.delayMs);",
    '}).listen(Number(process.env.PORT), "127.0.0.1");',
    "",
  ].join("\n"),
  "price.test.js": [
    'import assert from "node:assert";',
    'import { test } from "node:test";',
    'import { price } from "./price.js";',
    'test("takes the discount off", () => assert.strictEqual(price(100, 10), 90));',
    'test("leaves it alone without a discount", () => assert.strictEqual(price(100, 0), 100));',
    "",
  ].join("\n"),
};

/** Makes a git repository of some files, with one commit. */
export async function makeRepository(
  dir: string,
  files: { readonly [path: string]: string } = shopFiles,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  execFileSync("git", ["init", "-q", "-b", "main"], { cwd: dir });
  await commitFiles(dir, files, "First");
}

/** Writes and commits files. Returns the commit. */
export async function commitFiles(
  dir: string,
  files: { readonly [path: string]: string },
  message: string,
): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  const who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];
  execFileSync("git", [...who, "add", "-A"], { cwd: dir });
  execFileSync("git", [...who, "commit", "-q", "-m", message], { cwd: dir });
  return execFileSync("git", ["rev-parse", "HEAD"], { cwd: dir, encoding: "utf8" }).trim();
}

const plus = "amount + (amount * discount) / 100";

/** Plans from the failing test, reads the file that the plan names, and edits what it read there. */
export const shopScript: Script = (request, seen) => {
  if (request.output?.name === "plan") {
    const failing = /FAILED (.+?):/.exec(seen.data("tests"))?.[1];
    if (failing === undefined || !seen.data("goal").includes("tests"))
      throw new Error("The request shows no failing test");
    const file = seen
      .data("facts")
      .split("\n")
      .find((line) => line === "price.js");
    if (file === undefined) throw new Error("The request lists no price.js");
    return {
      output: {
        summary: `Mend ${failing}`,
        tasks: [
          {
            id: "1",
            title: "Mend the price",
            detail: `Make "${failing}" pass`,
            files: [file],
            check: `${failing} passes`,
          },
        ],
      },
    };
  }
  const last = seen.results.at(-1);
  if (last === undefined) {
    const file = /Files: (\S+)/.exec(seen.data("plan"))?.[1];
    if (file === undefined) throw new Error("The plan names no file");
    return { calls: [{ name: "read_file", args: { path: file } }] };
  }
  if (last.name === "read_file") {
    if (!JSON.stringify(last.result).includes(plus)) throw new Error("The file read does not hold the bug");
    return {
      calls: [{ name: "edit_file", args: { path: "price.js", search: plus, replace: plus.replace("+", "-") } }],
    };
  }
  if (last.name === "edit_file")
    return { calls: [{ name: "commit", args: { message: "Take the discount off\n\nIt was added to the price." } }] };
  return { text: "The discount is taken off now." };
};

/** A model that mends the shop. */
export function shopModel(): ReturnType<typeof scripted> {
  return scripted(shopScript);
}
