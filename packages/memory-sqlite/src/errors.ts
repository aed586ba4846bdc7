import { BrainOpsError, type ErrorCode, isBrainOpsError } from "@brainops/core";

// Primary result codes of SQLite, https://www.sqlite.org/rescode.html
const codes: { readonly [result: number]: ErrorCode } = {
  5: "store_busy",
  6: "store_busy",
  8: "store_read_only",
  10: "store_unavailable",
  11: "store_corrupt",
  13: "store_full",
  14: "store_read_only",
  26: "not_a_store",
};

const names: { readonly [name: string]: number } = {
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  CONSTRAINT: 19,
  NOTADB: 26,
};

const advice: { readonly [code in ErrorCode]?: string } = {
  store_busy: "is in use elsewhere and did not become free in time. Try again, or close what holds it",
  store_read_only: "cannot be opened for writing. Check that the file and its folder exist and may be written",
  store_unavailable: "could not be read or written by the operating system. Check the disk",
  store_corrupt: "is damaged. Restore it from a backup",
  store_full: "has no room left. Free some space; nothing of this commit was written",
  not_a_store: "exists, but is no BrainOps store. Name another file; this one was left as it is",
};

/** The primary result code of an error of SQLite, from `node:sqlite` or from better-sqlite3 or libsql; else 0. */
export function resultCode(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode & 0xff;
  if ("code" in error && typeof error.code === "string") {
    const name = /^SQLITE_([A-Z]+)/.exec(error.code)?.[1];
    if (name !== undefined) return names[name] ?? 0;
  }
  return 0;
}

/** Turns an error of SQLite into one of BrainOps; others are handed on as they are. */
export function toStoreError(error: unknown, file: string): unknown {
  if (isBrainOpsError(error)) return error;
  const code = codes[resultCode(error)];
  if (code === undefined) return error;
  return storeError(code, file, error);
}

/** An error about a file, with advice. */
export function storeError(code: ErrorCode, file: string, cause?: unknown): BrainOpsError {
  return new BrainOpsError(code, `The store ${file} ${advice[code] ?? "failed"}.`, { cause, details: { file } });
}
