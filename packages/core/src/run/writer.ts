import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError, isBrainOpsError } from "../contracts/error.ts";
import type { Entry, EntryContent } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
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
  /** Where the journal ends now. */
  readonly end: ChainEnd;
  /** Writes of plugins that go with an entry. */
  readonly companions: (entry: Entry) => readonly Write[];
  /** Told of entries once they are durable, in order. */
  readonly onDurable: (entries: readonly Entry[]) => void;
  /** Asked at the end of each flush; what it gives is waited for, and fails the flush when it fails. */
  readonly onFlush?: () => Promise<void> | undefined;
}

const nothing: Promise<void> = Promise.resolve();

/**
 * Makes the writer of a journal. One commit is under way at a time; what is appended meanwhile goes with the next,
 * so that parallel branches share commits.
 */
export function createWriter(options: WriterOptions): Writer {
  return new JournalWriter(options);
}

/** A class, because an object with getters of its own is a slow one, and every run has a writer. */
class JournalWriter implements Writer {
  readonly options: WriterOptions;
  end: ChainEnd;
  size = 0;
  durable: number;
  /** How much of the size has gone to the store. */
  taken = 0;
  entries: Entry[] = [];
  // The same entries as the store gets them, and their text.
  stored: StoredEntry[] = [];
  texts: string[] = [];
  writes: Write[] = [];
  last: (() => readonly Write[]) | undefined = undefined;
  sayings: Write[] = [];
  /** How many times something was to be said without an entry, and how many of them were said. */
  wanted = 0;
  said = 0;
  underWay: Promise<void> | undefined = undefined;
  broken: { readonly error: unknown } | undefined = undefined;
  over = false;

  constructor(options: WriterOptions) {
    this.options = options;
    this.end = options.end;
    this.durable = options.end.position;
  }

  get full(): boolean {
    return this.entries.length > mostEntries || this.size - this.taken > mostCharacters;
  }

  append(content: EntryContent, { salt: given = salt(), text, writes }: AppendOptions = {}): Entry {
    if (this.broken !== undefined) throw this.broken.error;
    const chained = chainEntry(content, this.end, this.options.clock.now(), given, text);
    const { entry } = chained;
    // Asked before the entry counts: one that throws leaves no entry without its writes.
    const companions = this.options.companions(entry);
    if (ending.has(content.type)) this.over = true;
    this.end = { position: this.end.position + 1, hash: entry.hash };
    this.size += chained.size;
    this.entries.push(entry);
    if (chained.size > bigValue) this.keepApart(entry);
    else {
      this.stored.push(entry);
      this.texts.push(chained.text);
    }
    if (writes !== undefined) this.writes.push(...writes(entry.position, entry.at));
    if (companions.length > 0) this.writes.push(...companions);
    return entry;
  }

  atCommit(make: () => readonly Write[]): void {
    this.last = make;
  }

  flush(): Promise<void> {
    const { position } = this.end;
    return this.durable < position ? this.flushUpTo(position) : (this.options.onFlush?.() ?? nothing);
  }

  async flushUpTo(position: number): Promise<void> {
    while (this.durable < position) await this.commitNext();
    const asked = this.options.onFlush?.();
    if (asked !== undefined) await asked;
  }

  async say(writes: readonly Write[]): Promise<void> {
    if (this.broken !== undefined) throw this.broken.error;
    if (this.over) return;
    this.sayings.push(...writes);
    const mine = ++this.wanted;
    while (this.said < mine) await this.commitNext();
  }

  /** The commit that is under way, or a new one. */
  commitNext(): Promise<void> {
    if (this.broken !== undefined) throw this.broken.error;
    return (this.underWay ??= this.commit());
  }

  /** Takes what there is to write; the next commit begins with nothing. */
  async commit(): Promise<void> {
    const { store, run, clock } = this.options;
    const { entries, sayings, stored, texts } = this;
    this.taken = this.size;
    const expectedPosition = this.end.position - entries.length;
    const made = this.last?.();
    if (made !== undefined) this.writes.push(...made);
    const added = this.writes;
    const saying = this.wanted;
    const append: Write = {
      type: "append",
      stream: journalStream(run),
      entries: stored as unknown as Json[],
      texts,
      expectedPosition,
    };
    this.entries = [];
    this.stored = [];
    this.texts = [];
    this.writes = [];
    this.sayings = [];
    this.last = undefined;
    // Named after what it holds, which is salted: a second start of the same run by the same owner is no retry.
    const id = entries[0]?.hash ?? uuid7(clock.now());
    const extra =
      added.length + sayings.length === 0 ? added : lastWakes([...sayings, ...added], expectedPosition === 0);
    try {
      await commitWithMemory(store, id, extra.length === 0 ? [append] : [append, ...extra]);
    } catch (error) {
      this.underWay = undefined;
      const conflict = isBrainOpsError(error, "conflict");
      if (!conflict && entries.length === 0) {
        // Nothing of the journal was at stake. What was said is not said later: it may no longer be so then.
        this.writes = [...added, ...this.writes];
        throw error;
      }
      this.broken = { error: conflict ? lost(run, error) : error };
      throw this.broken.error;
    }
    this.underWay = undefined;
    this.said = saying;
    this.durable = expectedPosition + entries.length;
    if (entries.length > 0) this.options.onDurable(entries);
  }

  /** What is big in an entry goes into the same commit as a blob. */
  keepApart(entry: Entry): void {
    const kept = toStored(entry, this.options.scope);
    this.writes.push(...kept.writes);
    this.size -= kept.saved;
    this.stored.push(kept.stored);
    this.texts.push(JSON.stringify(kept.stored));
  }
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
