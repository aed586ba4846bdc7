import { spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { exec } from "../../../scripts/exec.ts";
import { root } from "../../../scripts/packages.ts";
import type { Synchronous } from "./scenarios.ts";

const built = join(root, "bench/dist");
/** That of the packages: an app has one zod, and with the peers there would be another beside the benches. */
const zod = pathToFileURL(join(root, "node_modules/zod/index.js")).href;

/** What a child measured; empty for what is only timed from outside. */
export interface Measured {
  readonly steps_per_s?: number;
  readonly cpu_us_per_step?: number;
  /** Of all files, closed, an empty store's included. */
  readonly bytes_per_step?: number;
  readonly rss_mb?: number;
  /** Milliseconds from the start of the process to its line. */
  readonly ms: number;
}

/**
 * Makes what the children run: the packages as they are published, and the children's own files without types, because
 * to take the types away costs a process as much as to start.
 */
export async function buildChildren(): Promise<void> {
  for (const name of ["core", "memory-sqlite"]) {
    await exec("tsup", ["--config", join(root, "tsup.config.ts")], { cwd: join(root, "packages", name) });
  }
  rmSync(built, { recursive: true, force: true });
  const lib = join(root, "bench/lib");
  const files = ["runner-graphs.ts", ...["", "peers/"].flatMap((folder) => filesIn(lib, `runner/${folder}`))];
  for (const file of files) {
    const target = join(built, file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    const code = stripTypeScriptTypes(readFileSync(join(lib, file), "utf8"));
    // What lies outside of the benches is used as it is.
    const own = code.replaceAll(/(from "\.(?![^"]*\/scripts\/)[^"]*)\.ts"/g, '$1.js"');
    writeFileSync(target, own.replace('from "zod"', `from "${zod}"`));
  }
}

const filesIn = (lib: string, folder: string): string[] =>
  readdirSync(join(lib, folder))
    .filter((name) => name.endsWith(".ts") && name !== "start.ts")
    .map((name) => folder + name);

/** Runs one child in a folder of its own, or in a copy of `from`. Rejects with what it said when it fails. */
export async function child(peer: string, what: string, synchronous: Synchronous, from?: string): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "brainops-bench-"));
  // PostgreSQL runs as a user of its own when we are root, and must be able to reach its folder.
  chmodSync(folder, 0o755);
  try {
    if (from !== undefined) cpSync(from, folder, { recursive: true });
    return await start(peer, what, folder, synchronous);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Leaves a run behind that died at its step 901, in a folder that the caller removes. */
export async function dead(peer: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "brainops-bench-"));
  const killed = await start(peer, "die", folder, "full").then(
    () => false,
    (error: unknown) => error instanceof Error && error.message.includes("SIGKILL"),
  );
  if (!killed) throw new Error(`${peer} did not die.`);
  return folder;
}

function start(peer: string, what: string, folder: string, synchronous: Synchronous): Promise<Measured> {
  const script = join(built, "runner/child.js");
  const args = ["--disable-warning=ExperimentalWarning", script, peer, what, folder, synchronous];
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const process_ = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    let ms = 0;
    let complaints = "";
    process_.stdout.on("data", (part: Buffer) => {
      ms ||= performance.now() - started;
      said += part.toString();
    });
    process_.stderr.on("data", (part: Buffer) => (complaints += part.toString()));
    process_.on("error", reject);
    process_.on("close", (code, signal) => {
      // Others than ours may say more than they are asked for.
      const line = said.split("\n").findLast((each) => each.startsWith("{"));
      if (code === 0 && line !== undefined) resolve({ ...(JSON.parse(line) as Omit<Measured, "ms">), ms });
      else reject(new Error(`${peer}, ${what}: ended by ${signal ?? code}. ${complaints.slice(-500)}`));
    });
  });
}
