import { closeSync, existsSync, openSync } from "node:fs";

/**
 * Makes an empty file for its owner alone, before SQLite opens it: what lies beside it (`-wal`, `-shm`) gets the same rights.
 * One that exists keeps its own. What cannot be made, SQLite will say.
 */
export function makePrivate(file: string): void {
  if (existsSync(file)) return;
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch {
    // Another process was faster, or the folder cannot be written.
  }
}
