import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { BrainOpsError, type Commit, type Committed, type Store, type StoreOpener } from "@brainops/core";
import { memoryStore } from "@brainops/core/testing";
import { fromLine, toLine, withoutErased } from "./log-line.ts";
import { withoutRedacted } from "./without-redacted.ts";

/** What those share who have the same file open in this process. */
interface Log {
  readonly opener: StoreOpener;
  /** The position of the last commit that is in the file. */
  last: number;
  /** Commits go one after the other, so that lines stand in the order in which they were applied. */
  turn: Promise<unknown>;
  /** What went wrong when a line could not be written: from then on memory knows more than the file. */
  broken?: unknown;
}

/**
 * A store in a text file with one commit a line. Opening it replays the lines; reads come from memory. It suits a
 * prototype, or a memory that people want to read with `less`: nothing is sealed, only one process at a time may have it
 * open, and a commit survives a crash of the process but not of the machine.
 *
 * What it shows: the contract says all that a store must do, so a store may be built on another one. A commit counts when
 * its line is written; erasing writes the file anew, without what was erased.
 */
export function logStore(file: string): StoreOpener {
  let log: Promise<Log> | undefined;
  return {
    name: "log",
    async open() {
      const shared = await (log ??= replay(file));
      return withLog(await shared.opener.open(), shared, file);
    },
  };
}

/** Brings back what the file says. A last line that a crash has torn was never acknowledged, and goes. */
async function replay(file: string): Promise<Log> {
  const opener = memoryStore();
  const store = await opener.open();
  const lines = linesOf(file);
  if (existsSync(file)) writeLines(file, lines);
  let last = 0;
  for (const line of lines) last = (await store.commit(fromLine(line))).position;
  await store.close();
  return { opener, last, turn: Promise.resolve() };
}

function withLog(store: Store, log: Log, file: string): Store {
  const commit = async (given: Commit): Promise<Committed> => {
    if (log.broken !== undefined)
      throw new BrainOpsError("store_unavailable", `${file} could not be written. Open it again.`, {
        cause: log.broken,
      });
    const committed = await store.commit(given);
    // Made before: its line is in the file already.
    if (committed.position <= log.last) return committed;
    try {
      if (given.writes.some(({ type }) => type === "erase" || type === "redact"))
        writeLines(file, withoutRedacted(await withoutErased(store, [...linesOf(file), toLine(given)])));
      else appendFileSync(file, `${toLine(given)}\n`);
    } catch (error) {
      log.broken = error;
      throw new BrainOpsError("store_unavailable", `${file} could not be written. Open it again.`, { cause: error });
    }
    log.last = committed.position;
    return committed;
  };
  return {
    ...store,
    name: "log",
    commit(given) {
      const done = log.turn.then(() => commit(given));
      log.turn = done.catch(() => undefined);
      return done;
    },
    async close() {
      await log.turn;
      await store.close();
    },
  };
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
}

/** Writes the file whole and then gives it its name: a crash leaves the old one or the new one. */
function writeLines(file: string, lines: readonly string[]): void {
  writeFileSync(`${file}.new`, lines.map((line) => `${line}\n`).join(""));
  renameSync(`${file}.new`, file);
}
