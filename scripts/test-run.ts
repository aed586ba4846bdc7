// Set up once for a whole run of the tests: a folder for what all of its processes share, which goes when the run ends.
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd } from "./at-end.ts";

/** Makes the folder; gives what takes it away. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "brainops-tests-"));
  const remove = (): void => {
    // Processes that are just ending write what they have compiled: moved away first, nothing more comes into it.
    const gone = `${folder}-gone`;
    if (existsSync(folder)) renameSync(folder, gone);
    rmSync(gone, { recursive: true, force: true, maxRetries: 5 });
  };
  const endsBefore = atEnd(remove);
  // Hundreds of processes load the same sources: compiled once, each starts in half of the time.
  process.env["NODE_COMPILE_CACHE"] ??= join(folder, "compiled");
  // The data of a new PostgreSQL server, made by whoever needs one first.
  process.env["BRAINOPS_NEW_POSTGRES"] = join(folder, "postgres");
  return () => {
    remove();
    endsBefore();
  };
}
