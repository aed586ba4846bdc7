import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError, isBrainOpsError } from "../contracts/error.ts";
import type { Entry, EntryContent } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Store, Write } from "../contracts/store.ts";
import { bigValue, toStored, type StoredEntry } from "../journal/big-values.ts";
import { chainEntry, salt, type ChainEnd } from "../journal/chain.ts";
import { uuid7 } from "../journal/random.ts";
import { commitWithMemory } from "./commit.ts";

/** Name of the stream that a run's journal is. */
export const journalStream = (run: string): string => `journal/${run}`;

/** Where everyone but the owner leaves answers for a run. */
export const inboxStream = (run: string): string => `inbox/${run}`;

const ending: ReadonlySet<Entry["type"]> = new Set(["run-completed", "run-failed", "run-aborted"]);

/** So many entries, or characters of them, may wait for their commit: more would only hold memory. */
const mostEntries = 256;
const mostCharacters = 65_536;

/** Writes that go into the commit of an entry, and may name its position and time. */
export type EntryWrites = (position: number, at: number) => readonly Write[];

/** What may come along with an entry. */
export interface AppendOptions {
  readonly salt?: string;
  /** Canonical text of the body, where it is known already. */
  readonly text?: string;
  readonly writes?: EntryWrites;
}

/** The only one who appends to a journal. */
export interface Writer {
  /** Puts an entry at the end; durable only after {@link Writer.flush}. `writes` happen in the same commit. */
  append(content: EntryContent, options?: AppendOptions): Entry;
  /** Writes that go with the next commit; they are made then, and take the place of those that were to go with it. */
  atCommit(make: () => readonly Write[]): void;
  /** Where the journal ends, with what is not durable yet. */
  readonly end: ChainEnd;
  /** About how many characters were appended, without what is kept apart. */
  readonly size: number;
  /** Whether so much is not durable yet that one should wait for it. */
  readonly full: boolean;
  /** Resolves when everything appended so far is durable. Rejects with `ownership_lost`, or as the store fails. */
  flush(): Promise<void>;
  /**
   * Commits writes about the run that only its owner may make, with what was appended if there is something. Rejects with
   * `ownership_lost` when somebody else has appended meanwhile, having written nothing. Of a run that has ended there is
   * nothing more to say.
   */
  say(writes: readonly Write[]): Promise<void>;
}

/** What a writer needs. */
export interface WriterOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly run: string;
  /** The run's scope, which its big values are kept in. */
  readonly scope: string;
  readonly owner: string;
  /** Where the journal ends now. */
  readonly end: ChainEnd;
  /** Writes of plugins that go with an entry. */
  readonly companions: (entry: Entry) => readonly Write[];
  /** Told of entries once they are durable, in order. */
  readonly onDurable: (entries: readonly Entry[]) => void;
}

/**
 * Makes the writer of a journal. One commit is under way at a time; what is appended meanwhile goes with the next,
 * so that parallel branches share commits.
 */
export function createWriter(options: WriterOptions): Writer {
  const { store, clock, run, scope, owner } = options;
  let { end } = options;
  let durable = end.position;
  let size = 0;
  /** How much of that has gone to the store. */
  let taken = 0;
  let entries: Entry[] = [];
  // The same entries as the store gets them, and their text.
  let stored: StoredEntry[] = [];
  let texts: string[] = [];
  let writes: Write[] = [];
  let last: (() => readonly Write[]) | undefined;
  let sayings: Write[] = [];
  /** How many times something was to be said without an entry, and how many of them were said. */
  let wanted = 0;
  let said = 0;
  let underWay: Promise<void> | undefined;
  let broken: unknown;
  let over = false;

  async function commit(): Promise<void> {
    const batch = entries;
    taken = size;
    const expectedPosition = end.position - batch.length;
    if (last !== undefined) writes.push(...last());
    const added = writes;
    const extra = lastWakes([...sayings, ...added], expectedPosition === 0);
    const saying = wanted;
    const append: Write = {
      type: "append",
      stream: journalStream(run),
      entries: stored as unknown as Json[],
      texts,
      expectedPosition,
    };
    entries = [];
    stored = [];
    texts = [];
    writes = [];
    sayings = [];
    last = undefined;
    // Named after what it holds, which is salted: a second start of the same run by the same owner is no retry.
    const id = `${owner}/${batch[0]?.hash ?? uuid7(clock.now())}`;
    try {
      await commitWithMemory(store, id, extra.length === 0 ? [append] : [append, ...extra]);
    } catch (error) {
      const conflict = isBrainOpsError(error, "conflict");
      if (!conflict && batch.length === 0) {
        // Nothing of the journal was at stake. What was said is not said later: it may no longer be so then.
        writes = [...added, ...writes];
        throw error;
      }
      broken = conflict ? lost(run, error) : error;
      throw broken;
    }
    said = saying;
    durable = expectedPosition + batch.length;
    if (batch.length > 0) options.onDurable(batch);
  }

  async function commitWhile(more: () => boolean): Promise<void> {
    while (more()) {
      if (broken !== undefined) throw broken;
      underWay ??= commit().finally(() => (underWay = undefined));
      await underWay;
    }
  }

  /** What is big in an entry goes into the same commit as a blob. */
  function keepApart(entry: Entry): void {
    const kept = toStored(entry, scope);
    writes.push(...kept.writes);
    size -= kept.saved;
    stored.push(kept.stored);
    texts.push(JSON.stringify(kept.stored));
  }

  return {
    append(content, { salt: given = salt(), text, writes: extra } = {}) {
      if (broken !== undefined) throw broken;
      const chained = chainEntry(content, end, clock.now(), given, text);
      const { entry } = chained;
      // Asked before the entry counts: one that throws leaves no entry without its writes.
      const companions = options.companions(entry);
      over ||= ending.has(content.type);
      end = { position: end.position + 1, hash: entry.hash };
      size += chained.size;
      entries.push(entry);
      if (chained.size > bigValue) keepApart(entry);
      else {
        stored.push(entry);
        texts.push(chained.text);
      }
      if (extra !== undefined) writes.push(...extra(entry.position, entry.at));
      if (companions.length > 0) writes.push(...companions);
      return entry;
    },
    atCommit: (make) => void (last = make),
    get end() {
      return end;
    },
    get size() {
      return size;
    },
    get full() {
      return entries.length > mostEntries || size - taken > mostCharacters;
    },
    async flush() {
      const { position } = end;
      await commitWhile(() => durable < position);
    },
    async say(more) {
      if (broken !== undefined) throw broken;
      if (over) return;
      sayings.push(...more);
      const mine = ++wanted;
      await commitWhile(() => said < mine);
    },
  };
}

/**
 * Of several wakes under one key only the last counts; and of a run that begins with this commit there is none to take away.
 * So a short run is never seen to be open.
 */
function lastWakes(writes: readonly Write[], isFirst: boolean): readonly Write[] {
  const last = new Map<string, Write>();
  for (const write of writes) if (write.type === "wake") last.set(write.key, write);
  if (last.size === 0) return writes;
  return writes.filter(
    (write) => write.type !== "wake" || (last.get(write.key) === write && !(isFirst && write.at === null)),
  );
}

function lost(run: string, cause: unknown): BrainOpsError {
  return new BrainOpsError(
    "ownership_lost",
    `Another process has taken over run '${run}', so this one stops writing to it. Look at the run there, or resume it to take it back.`,
    { cause, details: { run } },
  );
}
