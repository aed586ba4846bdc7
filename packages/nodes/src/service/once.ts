import { createHash } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@brainops/core";
import { readIfThere, writeAtomic } from "./files.ts";

/** Decisions that are kept. An action is done again right after its crash, and not after hundreds of others. */
const most = 200;

/**
 * What was decided for a key: decided now, or found in its file. An action that is done again after a crash must not
 * decide by what it has changed itself. The newest 200 decisions are kept.
 */
export async function once(folder: string, key: string, decide: () => Promise<JsonObject>): Promise<JsonObject> {
  const file = join(folder, `once-${createHash("sha256").update(key).digest("hex").slice(0, 16)}.json`);
  const decided = await readIfThere(file);
  if (decided !== undefined) return JSON.parse(decided) as JsonObject;
  const value = await decide();
  await mkdir(folder, { recursive: true });
  await writeAtomic(file, JSON.stringify(value));
  await forgetOldest(folder);
  return value;
}

async function forgetOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^once-[0-9a-f]+\.json$/.test(name));
  if (names.length <= most) return;
  const files = names.map((name) => join(folder, name));
  // Another process may have removed one meanwhile.
  const aged = await Promise.all(
    files.map(async (file) => ({ file, at: (await stat(file).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  const old = aged.sort((a, b) => b.at - a.at).slice(most);
  await Promise.all(old.map(({ file }) => rm(file, { force: true })));
}
