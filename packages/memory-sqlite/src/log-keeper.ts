import { Worker } from "node:worker_threads";
import { int, type Database } from "./handle.ts";

/** Moves what was written from SQLite's write-ahead log into the file, outside of the event loop. */
export interface LogKeeper {
  /** Looks, between commits, whether there is enough to move. Resolves at once, but when the log is about to be free. */
  look(): Promise<void>;
  /** Empties the log, which may hold what was erased. `false` while others still read from it. */
  empty(): Promise<boolean>;
  /** Lets go of the file. */
  close(): Promise<void>;
}

/** After so many statements that write, the log is moved: about as many pages, or some megabytes. */
const moveEvery = 2000;
/** When the thread cannot keep up, commits wait for it at so many: a log that only grows would fill the disk. */
const mostBehind = 40_000;
/** A log of so few statements is emptied at once: that takes less than starting a thread. */
const fewStatements = 200;

/** How much of the log there was, and how much of that is in the file now, in pages. */
interface Moved {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

/**
 * Keeps the log of a file. SQLite would move it within a commit, which then takes as long as the disk needs; so a thread
 * with a connection of its own does, beside the commits. What these add meanwhile would keep the log growing for ever, so
 * when only a little is left, the next commit waits for the thread, without holding the event loop, until nothing is: then
 * SQLite begins the log anew.
 */
export function keepLog(db: Database, file: string): LogKeeper {
  db.exec("pragma wal_autocheckpoint = 0");
  // What a burst of writing made it grow to is given back.
  db.exec("pragma journal_size_limit = 33554432");
  let worker: Worker | undefined;
  let moving: Promise<Moved> | undefined;
  let nearlyFree = false;
  let failed = false;
  let movedAt = db.statements();

  const ask = (how: "passive" | "truncate" | "close"): Promise<Moved> => {
    worker ??= start();
    const thread = worker;
    // Only while something is awaited of it does it keep the process going.
    thread.ref();
    return new Promise((resolve) => {
      thread.once(how === "close" ? "exit" : "message", (moved: Moved) => {
        thread.unref();
        resolve(moved);
      });
      thread.postMessage(how, []);
    });
  };
  const start = (): Worker => {
    // From its text, so that it is found whatever a bundler makes of this module.
    const thread = new Worker(`(${moveLog.toString()})()`, { eval: true, workerData: file });
    thread.unref();
    // Without the thread, SQLite does it within commits.
    thread.once("error", () => {
      failed = true;
      db.exec("pragma wal_autocheckpoint = 1000");
      thread.emit("message", { busy: 1, log: 0, checkpointed: 0 });
    });
    return thread;
  };
  const move = async (): Promise<void> => {
    movedAt = db.statements();
    const { log, checkpointed } = await (moving = ask("passive"));
    moving = undefined;
    nearlyFree = log > checkpointed;
  };
  return {
    async look() {
      if (failed) return;
      if (moving !== undefined) {
        if (db.statements() - movedAt > mostBehind) await moving;
        return;
      }
      if (nearlyFree) {
        nearlyFree = false;
        await (moving = ask("passive"));
        moving = undefined;
      } else if (db.statements() - movedAt > moveEvery) void move();
    },
    async empty() {
      await moving;
      if (failed || (worker === undefined && db.statements() - movedAt < fewStatements)) return emptyLog(db);
      const { busy } = await (moving = ask("truncate"));
      moving = undefined;
      return busy === 0;
    },
    async close() {
      await moving;
      if (worker !== undefined && !failed) await ask("close");
    },
  };
}

/** Keeps the log of a database that was handed in: nobody else can open that, so SQLite moves it within commits. */
export function keepLogInPlace(db: Database): LogKeeper {
  return {
    look: () => Promise.resolve(),
    empty: () => Promise.resolve(emptyLog(db)),
    close: () => Promise.resolve(),
  };
}

function emptyLog(db: Database): boolean {
  return int(db.get("pragma wal_checkpoint(truncate)")?.["busy"]) === 0;
}

/** What the thread runs. It stands by itself: nothing from outside of it is known there. */
function moveLog(): void {
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  if (parentPort === null) return;
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const db = new DatabaseSync(String(workerData));
  db.exec("pragma busy_timeout = 50");
  db.exec("pragma wal_autocheckpoint = 0");
  parentPort.on("message", (how: string) => {
    let moved: unknown = { busy: 1, log: 0, checkpointed: 0 };
    try {
      moved = db.prepare(`pragma wal_checkpoint(${how === "truncate" ? how : "passive"})`).get();
    } catch {
      // Busy, or a full disk: the log stays as it is, and commits say what is wrong.
    }
    if (how !== "close") return parentPort.postMessage(moved, []);
    db.close();
    parentPort.close();
  });
}
