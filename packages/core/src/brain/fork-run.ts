import type { Clock } from "../contracts/clock.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Store } from "../contracts/store.ts";
import { encode } from "../journal/canonical.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import { forkEntries } from "../run/fork.ts";
import { ending, requireJournal, wholeJournal } from "./journals.ts";
import type { ForkRunOptions } from "./run-options.ts";

/** Makes a run that begins with entries of another, and gives its id. No worker goes on with it by itself. */
export async function forkRun(
  store: Store,
  clock: Clock,
  owner: string,
  of: string,
  { at, input, id = uuid7(clock.now()), scope = `fork/${id}` }: ForkRunOptions,
): Promise<string> {
  const journal = await requireJournal(store, of);
  const ended = ending(journal.at(-1) as Entry) === undefined ? 0 : 1;
  const kept = at ?? (input === undefined ? journal.length - ended : 1);
  const given = input === undefined ? {} : { input: encode(input, "A fork's input").json };
  const entries = forkEntries(journal, { id, at: kept, scope, owner, ...given });
  await commitSurely(store, uuid7(clock.now()), await wholeJournal(store, id, scope, entries));
  return id;
}
