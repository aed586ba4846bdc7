import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BrainOpsError, type Json, type JsonObject } from "@brainops/core";
import { treePath } from "../git/tree.ts";
import type { Setting } from "../optimize/space.ts";
import { readIfThere, writeAtomic } from "./files.ts";

/** A service's configuration file, with the last good version of it. */
export interface ServiceConfig {
  /** Absolute path. */
  readonly file: string;
  /** How the service comes to see a change. */
  readonly reload: "restart" | "watch";
  /** Copies the first version from a release; one that is there stays. */
  ensure(releaseDir: string): Promise<void>;
  /** The settings. Errors: `invalid_input` when it is not a JSON object. */
  read(): Promise<JsonObject>;
  /** Sets one value (dots lead into objects) and returns the one before. */
  set(key: string, value: Json): Promise<Json>;
  /** Its text as it was when it was last good, and as it is; nothing where there is none. */
  versions(): Promise<readonly [good: string | undefined, now: string | undefined]>;
  /** Remembers the file as it is as the last good one. */
  keepGood(): Promise<void>;
  /**
   * Puts the last good version back, keeping what was there under `key`. Returns whether the key's backup was kept.
   * Errors: `action_failed` when there is no good version, or it is what is there already.
   */
  restoreGood(key: string): Promise<string>;
  /** Puts a backup back. */
  putBack(backup: string): Promise<void>;
}

/** The configuration of the service `name`. `from` is the file in a release that the first version comes from. */
export function serviceConfig(options: {
  readonly name: string;
  readonly home: string;
  readonly from: string;
  readonly reload?: "restart" | "watch";
}): ServiceConfig {
  const { name, from } = options;
  const dir = join(options.home, "config");
  const file = join(dir, `${name}.json`);
  const good = join(dir, `${name}.good.json`);

  function backupFile(backup: string): string {
    return join(dir, `${name}.backup-${backup.replaceAll(/[^0-9a-f]/g, "")}.json`);
  }

  async function read(): Promise<JsonObject> {
    const text = await readIfThere(file);
    try {
      const value: unknown = JSON.parse(text ?? "");
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
    } catch {
      // Said below, the same for all that is wrong with it.
    }
    throw new BrainOpsError("invalid_input", `${file} does not hold a JSON object. Put the settings of ${name} there.`);
  }

  return {
    file,
    reload: options.reload ?? "restart",
    read,
    async ensure(releaseDir) {
      if ((await readIfThere(file)) !== undefined) return;
      await mkdir(dir, { recursive: true });
      const first = await readIfThere(join(releaseDir, treePath(from)));
      if (first === undefined) {
        throw new BrainOpsError(
          "not_found",
          `The release has no file ${from}, which the configuration of ${name} is to start from.`,
        );
      }
      await writeAtomic(file, first);
    },
    async set(key, value) {
      const before = await read();
      const [previous, next] = withValue(before, key.split("."), value);
      await writeAtomic(file, `${JSON.stringify(next, null, 2)}\n`);
      return previous;
    },
    versions: async () => [await readIfThere(good), await readIfThere(file)],
    async keepGood() {
      const text = await readIfThere(file);
      if (text !== undefined && text !== (await readIfThere(good))) await writeAtomic(good, text);
    },
    async restoreGood(key) {
      const backup = createHash("sha256").update(key).digest("hex").slice(0, 16);
      const path = backupFile(backup);
      const kept = await readIfThere(path);
      const now = await readIfThere(file);
      const wanted = await readIfThere(good);
      if (wanted === undefined)
        throw new BrainOpsError("action_failed", `No good configuration of ${name} is known yet.`);
      if (kept === undefined) {
        if (now === wanted)
          throw new BrainOpsError("action_failed", `The configuration of ${name} is the last good one already.`);
        await mkdir(dirname(path), { recursive: true });
        await writeAtomic(path, now ?? "");
      }
      await writeAtomic(file, wanted);
      return backup;
    },
    async putBack(backup) {
      const text = await readIfThere(backupFile(backup));
      if (text === undefined)
        throw new BrainOpsError("not_found", `There is no backup ${backup} of the configuration of ${name}.`);
      await writeAtomic(file, text);
    },
  };
}

/** An object with another value at a path, and the value that was there. */
function withValue(object: JsonObject, path: readonly string[], value: Json): readonly [Json, JsonObject] {
  const [head = "", ...rest] = path;
  const here = Object.hasOwn(object, head) ? (object[head] ?? null) : null;
  if (rest.length === 0) return [here, put(object, head, value)];
  const inner = typeof here === "object" && here !== null && !Array.isArray(here) ? (here as JsonObject) : {};
  const [previous, next] = withValue(inner, rest, value);
  return [previous, put(object, head, next)];
}

function put(object: JsonObject, key: string, value: Json): JsonObject {
  return Object.fromEntries([...Object.entries(object).filter(([name]) => name !== key), [key, value]]);
}

/** The number, text or truth value at a path of the settings, or `undefined`. */
export function settingAt(settings: JsonObject, key: string): Setting | undefined {
  let value: Json | undefined = settings;
  for (const part of key.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, part))
      return undefined;
    value = (value as JsonObject)[part];
  }
  return typeof value === "object" ? undefined : value;
}
