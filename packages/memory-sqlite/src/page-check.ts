import { Worker } from "node:worker_threads";

/** Asks SQLite itself, in a thread of its own since that may take minutes, what is wrong with a file. */
export function checkPages(file: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    // From its text, so that it is found whatever a bundler makes of this module.
    const thread = new Worker(`(${integrityCheck.toString()})()`, { eval: true, workerData: file });
    thread.once("message", resolve);
    thread.once("error", reject);
  });
}

/** What the thread runs. It stands by itself: nothing from outside of it is known there. */
function integrityCheck(): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const db = new DatabaseSync(String(workerData), { readOnly: true });
  let found: unknown[];
  try {
    found = db.prepare("pragma integrity_check(20)").all();
  } catch (error) {
    found = [{ integrity_check: String(error) }];
  }
  db.close();
  const lines = found.map((row) => String(Object.values(row as object)[0]));
  parentPort?.postMessage(
    lines.filter((line) => line !== "ok"),
    [],
  );
}
