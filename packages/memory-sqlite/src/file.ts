import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isBrainOpsError } from "@brainops/core";
import { storeError } from "./errors.ts";
import { openFile, wrapHandle } from "./handle.ts";
import { inspect } from "./open.ts";

/**
 * Looks at a file before SQLite may write to it: `not_a_store` when it is somebody else's, and then not a byte of it is
 * touched. Makes the folder of a file that does not exist yet.
 */
export function checkFile(file: string): void {
  // Older Nodes throw when a part of the path is a file; `makeFolder` finds that out, and says it in our words.
  const stat = existsSync(file) ? statSync(file) : undefined;
  if (stat === undefined) return makeFolder(file);
  if (!stat.isFile()) throw storeError("not_a_store", file);
  if (stat.size === 0) return;
  inspectReadOnly(file);
}

function makeFolder(file: string): void {
  try {
    makeFolders(dirname(file));
  } catch (error) {
    throw storeError("store_read_only", file, error);
  }
}

/** Not by `recursive`: under folders that take no new ones, such as /proc, Node's own would try for ever. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  }
}

/**
 * By SQLite itself: if this process read the file and closed it again, the operating system would take away the locks that
 * SQLite has on it for a store that is open (https://www.sqlite.org/howtocorrupt.html, 2.2).
 */
function inspectReadOnly(file: string): void {
  try {
    const db = wrapHandle(openFile(file, { readOnly: true }), file);
    try {
      inspect(db, file);
    } finally {
      db.close();
    }
  } catch (error) {
    // A half-made store whose maker died can only be looked at after SQLite has repaired it, which needs writing.
    if (!isBrainOpsError(error, "store_read_only")) throw error;
  }
}
