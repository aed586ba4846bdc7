import type { Entry } from "../contracts/journal.ts";
import { chainStart, verifyChain, type ChainEnd } from "./chain.ts";

/** A journal that is read a page at a time, so that nobody need hold all of it. */
export interface JournalPages {
  /** How many entries it has. */
  readonly length: number;
  /** Entries from a position on; fewer than `limit` only at the end. */
  read(from: number, limit: number): readonly Entry[] | Promise<readonly Entry[]>;
  /** Checks what else must hold once its entries do, as the header of an exported one. Throws `journal_corrupt`. */
  check?(): void;
}

/** Entries of one page. */
export const pageLength = 64;

/** Entries that are there, as pages. */
export const pagesOf = (entries: readonly Entry[]): JournalPages => ({
  length: entries.length,
  read: (from, limit) => entries.slice(from, from + limit),
});

/** The pages of a journal, each once it is checked with all before it. Throws `journal_corrupt` with the first bad entry. */
export async function* checkedPages(journal: JournalPages): AsyncGenerator<readonly Entry[], void, undefined> {
  let end: ChainEnd = chainStart;
  while (end.position < journal.length) {
    const read = journal.read(end.position, Math.min(pageLength, journal.length - end.position));
    const page = Array.isArray(read) ? (read as readonly Entry[]) : await read;
    const last = page.at(-1);
    // Somebody has pruned it meanwhile.
    if (last === undefined) break;
    verifyChain(page, end);
    end = { position: last.position + 1, hash: last.hash };
    yield page;
  }
  journal.check?.();
}
