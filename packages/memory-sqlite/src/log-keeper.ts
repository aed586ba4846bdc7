import type { Background } from "./background.ts";
import { int, type Database } from "./handle.ts";

/** Moves what was written from SQLite's write-ahead log into the file, outside of the event loop. */
export interface LogKeeper {
  /** Looks, between commits, whether there is enough to move. Commits wait for what it gives, when the log is to begin anew. */
  look(): Promise<void> | undefined;
  /** Empties the log, which may hold what was erased. `false` while others still read from it. */
  empty(): Promise<boolean>;
  /** Waits until nothing is being moved. */
  close(): Promise<void>;
}

/** After so many statements that write, the log is moved: about as many pages, or some megabytes. */
const moveEvery = 2000;
/** When the thread cannot keep up, commits wait for it at so many: a log that only grows would fill the disk. */
const mostBehind = 40_000;
/** A log of so many pages is to begin anew: then it is written over, and neither grows nor makes readers search for long. */
const longLog = 6000;
/**
 * Where each commit waits for the disk, the log is also moved after so many commits, and then begins anew when it has so many
 * pages: a commit that makes a file longer waits twice as long as one that writes over it (docs/decisions/0062).
 */
const [moveEveryCommits, shortLog] = [250, 500];
/** So few statements more than what has been moved are moved while commits wait. */
const littleLeft = 700;
/** A log of so few statements is emptied at once: that takes less than starting a thread. */
const fewStatements = 200;

/**
 * Keeps the log of a file. SQLite would move it within a commit, which then takes as long as the disk needs; so a thread
 * with a connection of its own does, beside the commits. SQLite begins the log anew when a commit finds all of it moved. What
 * commits add while it is being moved is less each time, so when a long log is nearly moved, the next commit waits for the
 * thread, without holding the event loop. Without a thread, SQLite moves the log within commits. `eachWaits`: whether each
 * commit waits for the disk.
 */
export function keepLog(db: Database, background: Background, eachWaits: boolean): LogKeeper {
  if (background.works) {
    db.exec("pragma wal_autocheckpoint = 0");
    // What a burst of writing made it grow to is given back.
    db.exec("pragma journal_size_limit = 33554432");
  }
  let moving: Promise<void> | undefined;
  let isLong = false;
  let movedAt = db.statements();
  // Commits since the log was moved, and since it was made to begin anew.
  let [unmoved, since] = [0, 0];

  const move = (): Promise<void> =>
    (moving ??= (async () => {
      movedAt = db.statements();
      unmoved = 0;
      const moved = await background.move({ type: "move", all: false });
      moving = undefined;
      const log = moved?.log ?? 0;
      isLong = log > longLog || (eachWaits && since >= moveEveryCommits && log > shortLog);
    })());
  return {
    look() {
      if (!background.works) return undefined;
      const left = db.statements() - movedAt;
      unmoved++;
      since++;
      if (moving !== undefined) return left > mostBehind ? moving : undefined;
      if (isLong && left <= littleLeft) {
        since = 0;
        return move().then(() => void (isLong = false));
      }
      if (isLong || left > moveEvery || (eachWaits && unmoved > moveEveryCommits)) void move();
      return undefined;
    },
    async empty() {
      await moving;
      if (!background.works || (!background.begun && db.statements() - movedAt < fewStatements)) return emptyLog(db);
      return (await background.move({ type: "move", all: true }))?.busy === 0;
    },
    async close() {
      await moving;
    },
  };
}

function emptyLog(db: Database): boolean {
  return int(db.get("pragma wal_checkpoint(truncate)")?.["busy"]) === 0;
}
