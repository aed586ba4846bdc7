import { BrainOpsError } from "@brainops/core";
import type * as sqlite from "node:sqlite";

type Sqlite = typeof sqlite;
/** Node 22.13 has no `backup` yet. */
type Found = Omit<Sqlite, "backup"> & Partial<Pick<Sqlite, "backup">>;

const builtin = (): Found | undefined => process.getBuiltinModule?.("node:sqlite");

/**
 * Node's own SQLite, loaded when it is first needed: then an older Node is told what it lacks, and a database that was
 * handed in needs none. Errors: `unsupported`.
 */
export function nodeSqlite(): Found {
  const found = builtin();
  if (found !== undefined) return found;
  throw new BrainOpsError(
    "unsupported",
    `@brainops/memory-sqlite needs the SQLite of Node 22.13 or later, and this is Node ${process.versions.node}. ` +
      "Run it with a newer Node, or hand in an open database: sqlite({ database, key }).",
  );
}

/** Whether an open database is one of `node:sqlite`. */
export function isNodeDatabase(handle: object): boolean {
  const found = builtin();
  return found !== undefined && handle instanceof found.DatabaseSync;
}
