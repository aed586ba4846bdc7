import { createHash } from "node:crypto";
import { readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { processAlive } from "./process-alive.ts";

// A killed process cannot clean up after itself, so its folders bear its number, and where that number counts: a process
// in another container may share the folder for temporary files, but not the numbers.
const place = createHash("sha256").update(`${hostname()}\n${numbering()}`).digest("hex").slice(0, 8);

function numbering(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    // No namespaces here.
    return "";
  }
}

let swept: Promise<void> | undefined;

/**
 * Makes a folder for temporary files, named after what it is for. The first time in a process, it removes those that
 * processes left that are gone.
 */
export async function temporaryFolder(purpose: "home" | "index"): Promise<string> {
  swept ??= sweep(tmpdir());
  await swept;
  return mkdtemp(join(tmpdir(), `brainops-${purpose}-${place}-${process.pid}-`));
}

/** Removes what processes of this place left in a folder that run no more. What it cannot remove stays. */
export async function sweep(folder: string): Promise<void> {
  const name = /^brainops-(?:home|index)-([0-9a-f]{8})-(\d+)-\w+$/;
  for (const entry of readdirSync(folder)) {
    const [, at, pid] = name.exec(entry) ?? [];
    if (at !== place || pid === undefined || processAlive(Number(pid))) continue;
    await rm(join(folder, entry), { recursive: true, force: true }).catch(() => {});
  }
}
