/**
 * A BrainOps store in one SQLite file, contents sealed; nothing to install or compile.
 *
 * @module
 */
export { backup, type BackupOptions } from "./backup.ts";
export { check, type CheckOptions, type CheckReport, type Problem } from "./check.ts";
export { restore, type RestoreOptions } from "./restore.ts";
export { rotate, type RotateOptions } from "./rotate.ts";
export { sqlite, type SqliteOptions } from "./sqlite.ts";
export type { DatabaseHandle, StatementHandle, Value } from "./handle.ts";
