import type { Clock } from "../contracts/clock.ts";
import { isBrainOpsError } from "../contracts/error.ts";
import type { Entry, EntryContent } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { putBack, readParts, releaseWrites, type StoredEntry } from "../journal/big-values.ts";
import { chainEntry, salt } from "../journal/chain.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import { epochOf, type Started } from "../run/execute.ts";
import { placeKey } from "../run/history.ts";
import { dropSnapshot, isPartial, snapshotApart } from "../run/snapshot.ts";
import { inboxStream, journalStream } from "../run/writer.ts";
import type { Target } from "./erasure-target.ts";
import { someText } from "./find-phrases.ts";
import { inboxKey, runKey } from "./leases.ts";
import { ending, journalValues, readStored } from "./journals.ts";
import { takeUp } from "./set-aside.ts";

/** What was done to one run. */
export interface ErasedRun {
  /** How many entries lost their values. */
  readonly entries: number;
  /** Positions of entries that are left, and speak of what was erased. */
  readonly mentions: readonly number[];
  /** How long the journal was that was looked at. */
  readonly length: number;
}

/** So many entries are redacted in one commit: few enough to hold nobody up. */
const atOnce = 200;
const mostTries = 10;
const message = "The run's values have been erased, so it cannot go on. Start a new run.";

/** Takes out of a run what is to be erased. A run under way loses its owner first, so that nothing is written again. */
export async function eraseRun(store: Store, clock: Clock, run: string, target: Target): Promise<ErasedRun> {
  let entries = 0;
  for (let attempt = 1; ; attempt++) {
    const stored = await readStored(store, run);
    const [started] = stored;
    if (started?.type !== "run-started") return { entries, mentions: [], length: stored.length };
    const judged = await judge(store, started, stored, target);
    try {
      const inbox = await inboxWrites(store, started, stored, target, judged.all);
      let writes = [
        ...(judged.all || judged.erased.length > 0 ? await runWrites(store, clock, started, stored, judged.all) : []),
        ...inbox,
      ];
      for (let from = 0; from < judged.erased.length || writes.length > 0; from += atOnce) {
        const batch = judged.erased.slice(from, from + atOnce);
        await commitSurely(store, uuid7(clock.now()), [...writes, ...redactWrites(run, batch)]);
        entries += batch.length;
        writes = [];
      }
      const left = judged.mentions.map(({ position }) => position);
      return { entries, mentions: left, length: await store.position(journalStream(run)) };
    } catch (error) {
      // Its owner has appended meanwhile, or somebody else erases too: look again.
      if (attempt >= mostTries || !isBrainOpsError(error, "conflict")) throw error;
    }
  }
}

function redactWrites(run: string, entries: readonly StoredEntry[]): Write[] {
  if (entries.length === 0) return [];
  const positions = entries.map(({ position }) => position);
  return [
    { type: "redact", stream: journalStream(run), positions, members: journalValues },
    ...entries.flatMap(({ apart }) => releaseWrites(apart)),
  ];
}

interface Judged {
  readonly all: boolean;
  readonly erased: readonly StoredEntry[];
  readonly mentions: readonly StoredEntry[];
}

/** Which entries lose their values, and which of the others speak of it. */
async function judge(store: Store, started: Started, stored: readonly StoredEntry[], target: Target): Promise<Judged> {
  const withValues = stored.filter((entry) => "body" in entry && !isOurEnd(entry));
  if (target.takesAll(started)) return { all: true, erased: withValues, mentions: [] };
  const made = target.madeAt(started);
  const values = await valuesOf(store, withValues);
  const quoting = new Set(withValues.filter((entry) => made.has(entry.position) || target.quotes(values.get(entry))));
  if (quoting.size > 0 && target.spreads) return { all: true, erased: withValues, mentions: [] };
  if (quoting.size > 0) {
    // What a node did until it made the record is what the record was made of.
    const places = new Set(stored.filter(({ position }) => made.has(position)).map(placeOf));
    for (const entry of withValues)
      if (("node" in entry && places.has(placeOf(entry))) || someText(values.get(entry), target.repeats))
        quoting.add(entry);
  }
  const left = withValues.filter((entry) => !quoting.has(entry));
  return {
    all: false,
    erased: withValues.filter((entry) => quoting.has(entry)),
    mentions: left.filter((entry) => someText(values.get(entry), target.mentions)),
  };
}

const placeOf = (entry: Entry): string => ("node" in entry ? placeKey(entry) : "");

/** What a wholly erased run is ended with says nothing of it. */
function isOurEnd(entry: Entry): boolean {
  return entry.type === "run-failed" && entry.body?.error.message === message;
}

/** The bodies of entries; a big value that is gone already is passed over. */
async function valuesOf(store: Store, entries: readonly StoredEntry[]): Promise<Map<StoredEntry, Json>> {
  const texts = await readParts(
    store,
    entries.map(({ apart }) => apart),
  );
  return new Map(
    entries.map((entry) => {
      const body = structuredClone((entry as { body?: Json }).body ?? null);
      putBack(
        body,
        entry.apart?.parts ?? [],
        (id) => texts.get(id) ?? "null",
        (why) => new Error(why),
      );
      return [entry, body];
    }),
  );
}

/** Takes the run from its owner if it is under way, and its snapshot with it; ends it when nothing of it is left. */
async function runWrites(
  store: Store,
  clock: Clock,
  { run }: Started,
  stored: readonly StoredEntry[],
  all: boolean,
): Promise<Write[]> {
  // One that was taken in by a part has no owner, and is to go on being taken in.
  if (!all && (await isPartial(store, run))) return [];
  const writes = dropSnapshot(run, await snapshotApart(store, run));
  const last = stored.at(-1) as StoredEntry;
  // Why it was set aside may quote what it worked on.
  if (all) writes.push(takeUp(run));
  if (ending(last) !== undefined) return writes;
  const content: EntryContent = all
    ? { type: "run-failed", body: { error: { code: "erased", message } } }
    : { type: "run-taken", owner: uuid7(clock.now()), epoch: epochOf(stored) + 1 };
  const end = { position: last.position + 1, hash: last.hash };
  const { entry } = chainEntry(content, end, clock.now(), salt());
  const entries = [entry as unknown as Json];
  writes.unshift({ type: "append", stream: journalStream(run), entries, expectedPosition: end.position });
  if (all) writes.push(...[runKey(run), inboxKey(run)].map((key): Write => ({ type: "wake", key, at: null })));
  return writes;
}

/** Takes out what others left for the run. An answer that was not taken up counts as not given. */
async function inboxWrites(
  store: Store,
  { run }: Started,
  stored: readonly StoredEntry[],
  target: Target,
  all: boolean,
): Promise<Write[]> {
  const stream = inboxStream(run);
  const items = await store.read(stream);
  const answers = (await store.documents(`answer/${run}/`)).map(({ key }) => key);
  const remove = (key: string): Write => ({ type: "document", key, value: null });
  if (all)
    return [
      ...(items.length === 0 ? [] : [{ type: "trim" as const, stream, before: await store.position(stream) }]),
      ...answers.map(remove),
    ];
  const quoting = items.filter(({ entry }) => target.quotes(entry));
  if (quoting.length === 0) return [];
  const over = new Set(stored.map((entry) => (entry.type === "woken" ? entry.wait : "")));
  const open = quoting.map(({ entry }) => (entry as { wait?: string }).wait ?? "").filter((wait) => !over.has(wait));
  return [
    { type: "redact", stream, positions: quoting.map(({ position }) => position), members: ["value", "by"] },
    ...open
      .map((wait) => `answer/${run}/${wait}`)
      .filter((key) => answers.includes(key))
      .map(remove),
  ];
}
