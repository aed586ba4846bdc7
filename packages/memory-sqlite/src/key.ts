import { BrainOpsError } from "@brainops/core";
import type { Secret } from "@brainops/core/sealing";
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { storeError } from "./errors.ts";

/** Where a key may come from, in this order: the option, BRAINOPS_KEY, the key file. */
export interface KeySource {
  readonly key: Secret | undefined;
  readonly keyFile: string;
  readonly notice: (message: string) => void;
}

/** The key of a store. A new store without one gets a key file, made with mode 0600; an old one never does. */
export function findKey(source: KeySource, isNew: boolean): Secret {
  const given = source.key ?? (process.env["BRAINOPS_KEY"] || undefined);
  if (given !== undefined) return given;
  const kept = readKeyFile(source.keyFile);
  if (kept !== undefined) return kept;
  if (!isNew)
    throw new BrainOpsError(
      "wrong_key",
      `The store has a key, but none was given: pass the option 'key', set BRAINOPS_KEY, or put back ${source.keyFile}.`,
      { details: { keyFile: source.keyFile } },
    );
  return makeKeyFile(source);
}

/** The key that a store is just getting, where its key comes from a file: it stands beside that until the change is over. */
export function comingKey({ key, keyFile }: KeySource): Secret | undefined {
  return (key ?? (process.env["BRAINOPS_KEY"] || undefined)) === undefined ? readKeyFile(`${keyFile}.new`) : undefined;
}

function readKeyFile(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new BrainOpsError("wrong_key", `The key file ${file} cannot be read. Check its permissions.`, {
      cause: error,
    });
  }
}

/** Writes the file whole and then gives it its name, so that of several processes one wins and all read the same. */
function makeKeyFile({ keyFile, notice }: KeySource): string {
  const key = randomBytes(32).toString("hex");
  const draft = `${keyFile}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    const handle = openSync(draft, "wx", 0o600);
    writeSync(handle, `${key}\n`);
    fsyncSync(handle);
    closeSync(handle);
    linkSync(draft, keyFile);
  } catch (error) {
    const other = readKeyFile(keyFile);
    if (other !== undefined) return other;
    throw storeError("store_read_only", keyFile, error);
  } finally {
    rmSync(draft, { force: true });
  }
  notice(`BrainOps made a key for this store: ${keyFile}. Keep a copy: without it the store cannot be read.`);
  return key;
}
