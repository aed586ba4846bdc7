import { BrainOpsError, isBrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { codeAfter, type Code } from "../graph/fits.ts";
import { fromStored, readWhole, toStored, type StoredEntry } from "../journal/big-values.ts";
import { chainStart, corrupt, verifyChain, type ChainEnd } from "../journal/chain.ts";
import type { JournalPages } from "../journal/pages.ts";
import { commitSurely } from "../run/commit.ts";
import type { Started } from "../run/execute.ts";
import { usedItems, type InboxItem } from "../run/inbox.ts";
import { readSnapshot, type Snapshot } from "../run/snapshot.ts";
import { inboxStream, journalStream } from "../run/writer.ts";

/** A run at a glance. */
export interface RunSummary {
  /** The run's id. */
  readonly id: string;
  /** Name of its graph. */
  readonly graph: string;
  /** Where it remembers. */
  readonly scope: string;
  /** `open`: begun and not ended; it runs somewhere, waits for a person, or can be resumed. */
  readonly status: "completed" | "failed" | "aborted" | "open";
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** When its newest entry was made: milliseconds since 1970. */
  readonly lastAt: number;
  /** How many entries its journal has. */
  readonly entries: number;
}

/** The journal of a run from an entry on, or nothing. */
export async function readJournal(store: Store, run: string, from = 0, limit?: number): Promise<readonly Entry[]> {
  return readWhole(async () => fromStored(store, await readStored(store, run, from, limit)));
}

/** The same as the store has it: what is big is kept apart. */
export async function readStored(store: Store, run: string, from = 0, limit?: number): Promise<readonly StoredEntry[]> {
  const found = await store.read(journalStream(run), { from, ...(limit === undefined ? {} : { limit }) });
  return found.map(({ entry }) => entry as unknown as StoredEntry);
}

/** The members of a stored entry that hold values: without them it says that something happened, and no longer what. */
export const journalValues: readonly (keyof StoredEntry | "body")[] = ["body", "salt", "apart"];

/** Entries of one append, where many are written. */
const atOnce = 128;

/** The writes that append entries to a journal, as many at a time as a store keeps together. */
export function appendsOf(run: string, scope: string, entries: readonly Entry[]): Write[] {
  const kept = entries.map((entry) => toStored(entry, scope));
  // A store may keep what one append brings together: who changes an entry of it then has it all to do with.
  const appends = Array.from({ length: Math.ceil(kept.length / atOnce) }, (_, index): Write => {
    const part = kept.slice(index * atOnce, (index + 1) * atOnce).map(({ stored }) => stored as unknown as Json);
    const expectedPosition = entries[index * atOnce]?.position ?? 0;
    return { type: "append", stream: journalStream(run), entries: part, expectedPosition };
  });
  return [...appends, ...kept.flatMap(({ writes }) => writes)];
}

/** The writes that make a run's inbox begin behind the item that its journal has taken last from another one. */
export async function inboxBehind(
  store: Store,
  run: string,
  used: number,
  left: readonly InboxItem[] = [],
): Promise<Write[]> {
  const inbox = inboxStream(run);
  const gone = Math.max(0, used + 1 - (await store.position(inbox)));
  // An item without a value is gone.
  const items = [
    ...Array.from({ length: gone }, (): Json => ({ type: "signal", name: "" })),
    ...(left as readonly Json[]),
  ];
  return items.length > 0 ? [{ type: "append", stream: inbox, entries: items }] : [];
}

/** The writes that make a whole journal; `left` is what lies in its inbox already. */
export async function wholeJournal(
  store: Store,
  run: string,
  scope: string,
  entries: readonly Entry[],
  left: readonly InboxItem[] = [],
): Promise<readonly Write[]> {
  const before = await inboxBehind(store, run, usedItems(entries).at(-1) ?? -1, left);
  return [...appendsOf(run, scope, entries), ...before];
}

/** The journal of a run as it is now, a page at a time. Throws `not_found`. */
export async function storedPages(store: Store, run: string): Promise<JournalPages> {
  const length = await store.position(journalStream(run));
  await requireStart(store, run);
  return {
    length,
    read: (from, limit) => readJournal(store, run, from, Math.min(limit, length - from)),
  };
}

/** How a run that must exist was started. Throws `not_found`. */
export async function requireStart(store: Store, run: string): Promise<Started> {
  const [first] = await readJournal(store, run, 0, 1);
  if (first === undefined) throw unknownRun(run);
  if (first.type !== "run-started") throw corrupt(0, "it is not the start of a run");
  return first;
}

/** The whole journal of a run that must exist. Throws `not_found`. */
export async function requireJournal(store: Store, run: string): Promise<readonly Entry[]> {
  const entries = await readJournal(store, run);
  if (entries.length === 0) throw unknownRun(run);
  return entries;
}

function unknownRun(run: string): BrainOpsError {
  return new BrainOpsError(
    "not_found",
    `There is no run '${run}' in this store. List what there is, and give one of those ids.`,
    { details: { run } },
  );
}

/** A run as far as it must be known to go on with it. */
export interface KnownRun {
  readonly started: Started;
  /** All entries, or those since the snapshot. */
  readonly entries: readonly Entry[];
  readonly snapshot?: Snapshot;
  /** A snapshot that other code took: it is replaced by the next. */
  readonly unused?: Snapshot;
  readonly end: ChainEnd;
}

/** Reads a run to go on with it, from its snapshot on where there is one. Throws `not_found` and `journal_corrupt`. */
export async function readRun(store: Store, run: string): Promise<KnownRun> {
  const snapshot = await readSnapshot(store, run);
  const entries =
    snapshot === undefined ? await requireJournal(store, run) : await readJournal(store, run, snapshot.end.position);
  verifyChain(entries, snapshot?.end);
  const [first] = entries;
  const started = first?.type === "run-started" ? first : await requireStart(store, run);
  const last = entries.at(-1);
  const end = last === undefined ? (snapshot?.end ?? chainStart) : { position: last.position + 1, hash: last.hash };
  return { started, entries, end, ...(snapshot === undefined ? {} : { snapshot }) };
}

/** The code that had a run last. */
export function codeOf({ started, snapshot, entries }: Pick<KnownRun, "started" | "snapshot" | "entries">): Code {
  return codeAfter(
    { ...started, ...(snapshot && { version: snapshot.version, fingerprint: snapshot.fingerprint }) },
    entries,
  );
}

/** The same run, read from its beginning when its snapshot is of another graph than goes on with it. */
export async function fittingRun(store: Store, known: KnownRun, fingerprint: string): Promise<KnownRun> {
  const { snapshot, ...rest } = known;
  if (snapshot === undefined || snapshot.fingerprint === fingerprint) return known;
  const entries = await readJournal(store, known.started.run, 0, known.end.position);
  verifyChain(entries);
  return { ...rest, entries, unused: snapshot };
}

/** The runs of a store, the newest first. */
export async function listRuns(store: Store): Promise<readonly RunSummary[]> {
  const names = await store.streams(journalStream(""));
  const runs = await Promise.all(names.map((name) => summarise(store, name)));
  return runs.filter((run) => run !== undefined).sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
}

async function summarise(store: Store, stream: string): Promise<RunSummary | undefined> {
  const entries = await store.position(stream);
  const [first] = await store.read(stream, { limit: 1 });
  const [last] = await store.read(stream, { from: entries - 1 });
  const start = first?.entry as unknown as Entry | undefined;
  const end = last?.entry as unknown as Entry | undefined;
  if (start?.type !== "run-started" || end === undefined) return undefined;
  return {
    id: start.run,
    graph: start.graph,
    scope: start.scope,
    status: ending(end) ?? "open",
    startedAt: start.at,
    lastAt: end.at,
    entries,
  };
}

/** How the run ended, when the entry is the one that ends it. */
export function ending(entry: Entry): "completed" | "failed" | "aborted" | undefined {
  switch (entry.type) {
    case "run-completed":
      return "completed";
    case "run-failed":
      return "failed";
    case "run-aborted":
      return "aborted";
    default:
      return undefined;
  }
}

/** What others left for a run, from an item on. */
export async function readInbox(
  store: Store,
  run: string,
  from = 0,
): Promise<readonly { readonly item: InboxItem; readonly index: number }[]> {
  const found = await store.read(inboxStream(run), { from });
  const items = found.map(({ entry, position }) => ({ item: entry as unknown as InboxItem, index: position }));
  // What has been erased counts as never left.
  return items.filter(({ item }) => item.value !== undefined);
}

/** Says that a question has an answer; fails when it has one. */
export const answerOnce = (run: string, question: string): Write => ({
  type: "document",
  key: `answer/${run}/${question}`,
  value: true,
  expectedVersion: 0,
});

/** Leaves something for a run. The answer to one question can be left once: `already_answered`. */
export async function leaveItem(store: Store, run: string, item: InboxItem, id: string, wake: Write): Promise<void> {
  const append: Write = { type: "append", stream: inboxStream(run), entries: [item] };
  if (item.type === "signal") {
    await commitSurely(store, id, [append, wake]);
    return;
  }
  try {
    await commitSurely(store, id, [answerOnce(run, item.wait), append, wake]);
  } catch (error) {
    if (!isBrainOpsError(error, "conflict")) throw error;
    throw answeredAlready(run, item.wait, error);
  }
}

/** The error for a second answer. */
export function answeredAlready(run: string, question: string, cause?: unknown): BrainOpsError {
  return new BrainOpsError(
    "already_answered",
    `The question '${question}' of run '${run}' has an answer already, which stands.`,
    { cause, details: { run, question } },
  );
}

/** The error for an answer to what was not asked. */
export function unasked(run: string, question: string): BrainOpsError {
  return new BrainOpsError(
    "not_found",
    `Run '${run}' has not asked a question '${question}'. Look at what it waits for, and give one of those ids.`,
    { details: { run, question } },
  );
}
