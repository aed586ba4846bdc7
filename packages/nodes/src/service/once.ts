import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@brainops/core";
import { readIfThere, writeAtomic } from "./files.ts";

/**
 * What was decided for a key: decided now, or found in its file. An action that is done again after a crash must not
 * decide by what it has changed itself.
 */
export async function once(folder: string, key: string, decide: () => Promise<JsonObject>): Promise<JsonObject> {
  const file = join(folder, `once-${createHash("sha256").update(key).digest("hex").slice(0, 16)}.json`);
  const decided = await readIfThere(file);
  if (decided !== undefined) return JSON.parse(decided) as JsonObject;
  const value = await decide();
  await mkdir(folder, { recursive: true });
  await writeAtomic(file, JSON.stringify(value));
  return value;
}
