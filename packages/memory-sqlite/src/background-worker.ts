import { DatabaseSync, type StatementSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { Job } from "./background.ts";
import { mergeSegments, packRecent, type Reader } from "./packing-jobs.ts";

// What the thread of a store runs. Nothing of core is imported here: it would take longer to load than the work takes.

const db = new DatabaseSync(String(workerData));
db.exec("pragma busy_timeout = 50");
db.exec("pragma wal_autocheckpoint = 0");
const statements = new Map<string, StatementSync>();

function prepare(sql: string): StatementSync {
  let statement = statements.get(sql);
  if (statement === undefined) statements.set(sql, (statement = db.prepare(sql)));
  return statement;
}

const reader: Reader = {
  get: (sql, ...values) => prepare(sql).get(...values),
  all: (sql, ...values) => prepare(sql).all(...values),
};

function reading<T>(work: () => T): T {
  db.exec("begin");
  try {
    return work();
  } finally {
    db.exec("rollback");
  }
}

function answer(job: Job): unknown {
  switch (job.type) {
    case "move":
      return prepare(`pragma wal_checkpoint(${job.all ? "truncate" : "passive"})`).get();
    case "pack":
      return reading(() => packRecent(reader, job));
    case "merge":
      return reading(() => mergeSegments(reader, job));
    case "close":
      return undefined;
  }
}

parentPort?.on("message", (job: Job) => {
  let answered: unknown;
  try {
    answered = answer(job);
  } catch {
    // Busy, full or damaged: nothing is done, and who commits is told what is wrong.
  }
  if (job.type === "close") {
    db.close();
    parentPort?.close();
  } else parentPort?.postMessage(answered, []);
});
