import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Store } from "../contracts/store.ts";
import { exportJournal, importJournal } from "../journal/export.ts";
import { uuid7 } from "../journal/random.ts";
import { sealJournal, unsealJournal } from "../journal/sealed-export.ts";
import { commitSurely } from "../run/commit.ts";
import type { Started } from "../run/execute.ts";
import { journalStream } from "../run/writer.ts";
import type { Secret } from "../sealing/secret.ts";
import { requireJournal, wholeJournal } from "./journals.ts";

/** With what an exported journal is sealed: 32 bytes, or a passphrase of at least 8 characters. Plain without it. */
export interface Sealing {
  readonly key?: Secret;
}

/** Where a journal is: a run of the store, or the text of an exported one, with its key when it is sealed. */
export type JournalSource = { readonly run: string } | ({ readonly journal: string } & Sealing);

/** The entries of a journal. Errors: `not_found`, `journal_corrupt`, `wrong_key`. */
export async function entriesOf(store: Store, source: JournalSource): Promise<readonly Entry[]> {
  if ("run" in source) return requireJournal(store, source.run);
  return importJournal(await unsealJournal(source.journal, source.key));
}

/** A run's journal as text. */
export async function exportRun(store: Store, run: string, { key }: Sealing): Promise<string> {
  const journal = exportJournal(await requireJournal(store, run));
  return key === undefined ? journal : sealJournal(journal, key);
}

/**
 * Takes in an exported journal, checked to the last byte, as a run of this store. Errors: `journal_corrupt`, `wrong_key`,
 * `conflict`.
 */
export async function takeIn(store: Store, clock: Clock, journal: string, { key }: Sealing): Promise<string> {
  const entries = importJournal(await unsealJournal(journal, key));
  const { run, scope } = entries[0] as Started;
  if ((await store.position(journalStream(run))) > 0) {
    throw new BrainOpsError("conflict", `There is a run '${run}' in this store already; nothing was taken in.`, {
      details: { run },
    });
  }
  await commitSurely(store, uuid7(clock.now()), await wholeJournal(store, run, scope, entries));
  return run;
}
