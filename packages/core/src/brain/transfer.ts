import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Store } from "../contracts/store.ts";
import { chainStart, verifyChain, type ChainEnd } from "../journal/chain.ts";
import { entriesOfLines, exportPieces, linesOf, openJournal } from "../journal/export.ts";
import type { JournalPages } from "../journal/pages.ts";
import { uuid7 } from "../journal/random.ts";
import { openLines, sealPieces, unsealJournal } from "../journal/sealed-export.ts";
import { commitSurely } from "../run/commit.ts";
import type { Started } from "../run/execute.ts";
import { dropSnapshot, isPartial, markPartial } from "../run/snapshot.ts";
import { journalStream } from "../run/writer.ts";
import type { Secret } from "../sealing/secret.ts";
import { pruned } from "./run-checks.ts";
import { appendsOf, inboxBehind, readJournal, storedPages } from "./journals.ts";

/** With what an exported journal is sealed: 32 bytes, or a passphrase of at least 8 characters. Plain without it. */
export interface Sealing {
  /** The key or passphrase. Default: none. */
  readonly key?: Secret;
}

/** Where a journal is: a run of the store, or the text of an exported one, with its key when it is sealed. */
export type JournalSource =
  | {
      /** Id of a run of the Brain's store. */
      readonly run: string;
    }
  | ({
      /** Text of an exported journal, plain or sealed. */
      readonly journal: string;
    } & Sealing);

/** The pages of a journal. Errors: `not_found`, `journal_corrupt`, `wrong_key`. */
export async function pagesFrom(store: Store, source: JournalSource): Promise<JournalPages> {
  if ("run" in source) return storedPages(store, source.run);
  return openJournal(await unsealJournal(source.journal, source.key));
}

/** A run's journal as text, in pieces. Errors: `not_found`, `journal_corrupt`. */
export async function* exportRun(store: Store, run: string, { key }: Sealing): AsyncGenerator<string, void, undefined> {
  const pieces = exportPieces(await storedPages(store, run));
  yield* key === undefined ? pieces : sealPieces(pieces, key);
}

/** So many entries, or about so many characters of them, go into one commit. */
const atOnce = 128;
const mostCharacters = 1_048_576;

/** An exported journal: a text, or what begins to read one. */
export type JournalText = string | (() => Iterable<string> | AsyncIterable<string>);

/**
 * Takes in an exported journal as a run of this store, once it is checked to its last byte. A long one takes several commits: until
 * the last the run is marked as partial, so that nobody goes on with it; importing again goes on where an import was broken off.
 * Errors: `journal_corrupt`, `wrong_key`, `conflict`.
 */
export async function takeIn(store: Store, clock: Clock, journal: JournalText, { key }: Sealing): Promise<string> {
  const read = (): AsyncGenerator<Batch> =>
    batches(entriesOfLines(openLines(linesOf(typeof journal === "string" ? cut(journal) : journal()), key)));
  const summary: Summary = { run: "", scope: "", length: 0, used: -1 };
  for await (const { page } of read()) {
    if (summary.length === 0)
      Object.assign(summary, { run: (page[0] as Started).run, scope: (page[0] as Started).scope });
    for (const entry of page) if (entry.type === "woken") summary.used = Math.max(summary.used, entry.inbox ?? -1);
    summary.length += page.length;
  }
  const { run, scope, length, used } = summary;
  const there = await beginning(store, run);
  if (there > length) throw alreadyThere(run);
  let begun = there > 0;
  for await (const { page, isLast } of read()) {
    // From an import that was broken off: it must be of this very journal.
    const last = page.find(({ position }) => position === there - 1);
    if (last !== undefined && (await readJournal(store, run, there - 1, 1))[0]?.hash !== last.hash)
      throw alreadyThere(run);
    const missing = page.filter(({ position }) => position >= there);
    const writes = appendsOf(run, scope, missing);
    if (isLast) writes.push(...(await inboxBehind(store, run, used)), ...(begun ? dropSnapshot(run, undefined) : []));
    else if (!begun) writes.push(markPartial(run));
    if (writes.length > 0) await commitSurely(store, uuid7(clock.now()), writes);
    begun = true;
  }
  return run;
}

interface Summary {
  run: string;
  scope: string;
  length: number;
  /** The item of the inbox that was taken last. */
  used: number;
}

/** How much of a run is there from an import that was broken off. Throws `conflict` when it is there otherwise. */
async function beginning(store: Store, run: string): Promise<number> {
  const there = await store.position(journalStream(run));
  if (there > 0 && (await readJournal(store, run, 0, 1)).length === 0) throw pruned(run);
  if (there > 0 && !(await isPartial(store, run))) throw alreadyThere(run);
  return there;
}

function alreadyThere(run: string): BrainOpsError {
  return new BrainOpsError("conflict", `There is a run '${run}' in this store already; nothing was taken in.`, {
    details: { run },
  });
}

/** Pieces of a text, so that its lines need not be made all at once. */
function* cut(text: string): Generator<string, void, undefined> {
  for (let from = 0; from < text.length; from += mostCharacters) yield text.slice(from, from + mostCharacters);
}

interface Batch {
  readonly page: readonly Entry[];
  readonly isLast: boolean;
}

/** Entries as they go into commits, each batch checked with all before it. */
async function* batches(entries: AsyncIterable<Entry>): AsyncGenerator<Batch, void, undefined> {
  let end: ChainEnd = chainStart;
  let page: Entry[] = [];
  let size = 0;
  const batch = (isLast: boolean): Batch => {
    const made = { page, isLast };
    verifyChain(page, end);
    end = { position: end.position + page.length, hash: page.at(-1)?.hash ?? "" };
    [page, size] = [[], 0];
    return made;
  };
  for await (const entry of entries) {
    if (page.length >= atOnce || size >= mostCharacters) yield batch(false);
    page.push(entry);
    size += JSON.stringify((entry as { body?: Json }).body ?? null).length;
  }
  yield batch(true);
}
