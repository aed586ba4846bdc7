import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import type { Store, StoredRecord } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import type { Apart } from "../journal/big-values.ts";
import { canonical } from "../journal/canonical.ts";
import { verifyChain } from "../journal/chain.ts";
import { uuid7 } from "../journal/random.ts";
import { readJournal } from "../brain/journals.ts";
import { putWrites } from "../memory/export-memory.ts";
import { commitSurely } from "../run/commit.ts";
import { journalStream } from "../run/writer.ts";
import {
  allWakes,
  digestStore,
  documentPages,
  entryPages,
  heirKey,
  linkPages,
  markerKey,
  recordPages,
  storeParts,
  vectorPages,
  type StoreDigest,
  type EachPart,
} from "./store-parts.ts";

/** How a store is copied. */
export interface CopyOptions {
  /** What the source is called: a copy that was broken off is gone on with under the same name only. */
  readonly name: string;
  /** The embedders' spaces whose vectors are copied, such as `gpt/1536`. Default: none. A store does not know their names. */
  readonly spaces?: readonly string[];
  /**
   * The source lives on in this copy alone: it keeps a note of it, and a copy into another target is a `conflict`, since what is
   * under way would be done twice. Default: false, the source is only read.
   */
  readonly once?: boolean;
  /** Is told how far it is. */
  readonly progress?: (progress: {
    /** What it is at, such as `copying records`. */
    readonly step: string;
    /** How much of it is over: a count that grows. */
    readonly done: number;
  }) => void;
  /** Stops it between two commits, with `aborted`; the next try goes on from there. */
  readonly signal?: AbortSignal;
}

/** What was copied, and seen to be the same on both sides. */
export interface CopySummary {
  /** How much there is of each part. */
  readonly counts: EachPart<number>;
  /** Over each part, the same on both sides. */
  readonly digests: EachPart<string>;
  /** Journals whose chains were verified in the target. */
  readonly journals: number;
  /** True when the copy had been finished before, and was only compared. */
  readonly already: boolean;
}

interface Marker {
  /** Of this copy: chosen at random. */
  readonly id: string;
  readonly from: string;
  readonly state: "copying" | "done";
}

/**
 * Copies all that a store holds into another, of any kind: records with their versions and counters, links, streams (journals,
 * inboxes, audit) with their positions, big values, documents and wakes. Then both sides are read again and compared, part by
 * part, and the chain of every journal is verified in the target. The source is only read, but for the note of `once`.
 *
 * It can be broken off at any moment, and called again: what is there already is not copied twice. Vectors are
 * copied of the `spaces` that are named, also by a later call; `fillVectors` makes others anew. Versions of documents begin at 1.
 *
 * Errors: `conflict` when the target has other data, the two differ in the end, or with `once`
 * there is another copy; `store_busy` when somebody is at work on
 * runs of the source; `aborted`; `journal_corrupt`; those of the stores.
 *
 * @example
 * ```ts
 * import { copyStore } from "@brainops/core/move";
 * import { memoryStore } from "@brainops/core/testing";
 * const [from, to] = [await memoryStore().open(), await memoryStore().open()];
 * const { counts } = await copyStore(from, to, { name: "the laptop's" });
 * console.log(counts.records); // 0
 * ```
 */
export async function copyStore(from: Store, to: Store, options: CopyOptions): Promise<CopySummary> {
  const { name, progress, signal, spaces = [] } = options;
  const commit = async (writes: readonly Write[]): Promise<void> => {
    if (signal?.aborted === true)
      throw new BrainOpsError("aborted", "The copy was broken off. Call it again: it goes on from there.", {
        cause: signal.reason,
      });
    if (writes.length > 0) await commitSurely(to, uuid7(Date.now()), writes);
  };
  const told =
    (step: string): ((part: string, done: number) => void) =>
    (part, done) =>
      progress?.({ step: `${step} ${part}`, done });

  await refuseBusy(from);
  const marker = await begin(to, name, commit);
  if (options.once === true) await bequeath(from, marker.id);
  const already = marker.state === "done";
  if (!already) await copyParts(from, to, commit, told("copying"));
  // They are derived from the rest: a space may be named when all else is there.
  await copyVectors(from, to, spaces, commit, told("copying"));
  const source = await digestStore(from, spaces, told("reading"));
  const target = await digestStore(to, spaces, told("comparing"));
  refuseDifferent(source, target);
  const journals = await verifyJournals(to, told("verifying"));
  if (!already) await commit([{ type: "document", key: markerKey, value: { ...marker, state: "done" } }]);
  return { counts: each(source, "count"), digests: each(source, "digest"), journals, already };
}

const each = <K extends "count" | "digest">(digest: StoreDigest, key: K): EachPart<StoreDigest["records"][K]> =>
  Object.fromEntries(storeParts.map((part) => [part, digest[part][key]])) as unknown as EachPart<
    StoreDigest["records"][K]
  >;

/** A run that a process is at work on would go on in the source while it is copied. */
async function refuseBusy(from: Store): Promise<void> {
  const now = await from.now();
  const busy = (await allWakes(from)).filter(({ at, data }) => at > now && data?.["holder"] !== undefined);
  const [first] = busy;
  if (first === undefined) return;
  throw new BrainOpsError(
    "store_busy",
    `Somebody is at work on ${busy.length} of the source's runs (${first.key.replace("run/", "")}). Stop its processes; ` +
      `of one that was killed, the lease is over at ${new Date(first.at).toISOString()}.`,
  );
}

/** Says in the target whose copy it is. Throws `conflict` when it is something else. */
async function begin(to: Store, name: string, commit: (writes: Write[]) => Promise<void>): Promise<Marker> {
  const marker = (await to.document(markerKey))?.value as unknown as Marker | undefined;
  if (marker !== undefined) {
    if (marker.from === name) return marker;
    throw new BrainOpsError("conflict", `The target holds a copy of '${marker.from}', not of '${name}'.`);
  }
  const [scopes, streams, documents, wakes] = await Promise.all([
    to.scopes(),
    to.streams(""),
    to.documents("", { limit: 1 }),
    to.due(Number.MAX_SAFE_INTEGER, 1),
  ]);
  if (scopes.length + streams.length + documents.length + wakes.length > 0)
    throw new BrainOpsError(
      "conflict",
      "The target has data of its own. Name one that is empty, such as another schema.",
    );
  const begun: Marker = { id: uuid7(Date.now()), from: name, state: "copying" };
  await commit([{ type: "document", key: markerKey, value: { ...begun }, expectedVersion: 0 }]);
  return begun;
}

/** Notes in the source which copy it lives on in. Throws `conflict` when that is another one. */
async function bequeath(from: Store, id: string): Promise<void> {
  const before = (await from.document(heirKey))?.value;
  if (before === id) return;
  if (before !== undefined)
    throw new BrainOpsError(
      "conflict",
      "The source has been copied into another target before, or partly: two that go on with its runs would do their work " +
        "twice. Go on with that target, or give it up first.",
    );
  await commitSurely(from, uuid7(Date.now()), [{ type: "document", key: heirKey, value: id, expectedVersion: 0 }]);
}

type Commit = (writes: readonly Write[]) => Promise<void>;
type Told = (part: string, done: number) => void;

async function copyParts(from: Store, to: Store, commit: Commit, told: Told): Promise<void> {
  let done = 0;
  for await (const page of recordPages(from)) {
    await commit(await missingRecords(page, to));
    told("records", (done += page.length));
  }
  done = 0;
  for await (const links of linkPages(from)) {
    // Links are a set: one that is there already changes nothing.
    await commit(links.map((link) => ({ type: "link", link })));
    told("links", (done += links.length));
  }
  await copyStreams(from, to, commit, told);
  done = 0;
  for await (const page of documentPages(from)) {
    const writes: Write[] = [];
    for (const { version: _version, ...document } of page) {
      const { key, value } = document;
      if ((await to.document(key)) !== undefined) continue;
      writes.push({ type: "document", ...document, expectedVersion: 0 });
      if (key.startsWith("snapshot/")) writes.push(...(await bigValuesOf(from, value)));
    }
    await commit(writes);
    told("documents", (done += page.length));
  }
  const wakes = await allWakes(from);
  await commit(wakes.map((wake) => ({ type: "wake", ...wake })));
  told("wakes", wakes.length);
}

async function missingRecords(page: readonly StoredRecord[], to: Store): Promise<Write[]> {
  const there = new Set((await to.records(page.map(({ record }) => record.id))).map(({ record }) => record.id));
  return page.filter(({ record }) => !there.has(record.id)).flatMap(putWrites);
}

async function copyVectors(
  from: Store,
  to: Store,
  spaces: readonly string[],
  commit: Commit,
  told: Told,
): Promise<void> {
  let done = 0;
  for await (const page of vectorPages(from, spaces)) {
    const [space = ""] = page.map((write) => write.space);
    const there =
      page.length === 0
        ? []
        : await to.vectors(
            space,
            page.map(({ id }) => id),
          );
    const has = new Set(there.map(({ id }) => id));
    await commit(page.filter(({ id }) => !has.has(id)));
    told("vectors", (done += page.length));
  }
}

/** Streams go on where the target's end: what is appended, and its big values, are one commit. */
async function copyStreams(from: Store, to: Store, commit: Commit, told: Told): Promise<void> {
  const ends = new Map<string, number>();
  const endOf = async (stream: string): Promise<number> => ends.get(stream) ?? to.position(stream);
  let done = 0;
  for await (const { stream, entries } of entryPages(from)) {
    told("entries", (done += entries.length));
    const end = await endOf(stream);
    const left = entries.filter(({ position }) => position >= end);
    const [first] = left;
    if (first === undefined) continue;
    await pad(to, stream, end, first.position, commit);
    const writes: Write[] = [
      { type: "append", stream, entries: left.map(({ entry }) => entry), expectedPosition: first.position },
    ];
    if (stream.startsWith(journalStream("")))
      for (const { entry } of left) writes.push(...(await bigValuesOf(from, entry)));
    await commit(writes);
    ends.set(stream, first.position + left.length);
  }
  // What was trimmed at the end leaves a length without entries.
  for (const stream of await from.streams("")) {
    const length = await from.position(stream);
    await pad(to, stream, await endOf(stream), length, commit);
  }
}

/** Positions that were trimmed away stay: they are filled, and trimmed again. */
async function pad(to: Store, stream: string, end: number, until: number, commit: Commit): Promise<void> {
  for (let at = end; at < until; at += 1000) {
    const entries: Json[] = Array.from({ length: Math.min(1000, until - at) }, () => null);
    await commit([
      { type: "append", stream, entries, expectedPosition: at },
      { type: "trim", stream, before: at + entries.length },
    ]);
  }
}

/** The writes that keep the big values of a journal's entry or of a snapshot: one reference for each. */
async function bigValuesOf(from: Store, kept: Json): Promise<Write[]> {
  const apart = (kept as { readonly apart?: Apart } | null)?.apart;
  const writes: Write[] = [];
  for (const { id } of apart?.parts ?? []) {
    const scope = apart?.scope ?? "";
    const bytes = await from.blob(scope, id);
    if (bytes === undefined)
      throw new BrainOpsError("store_corrupt", "A big value of the source is missing. Check it first.");
    writes.push({ type: "blob", scope, id, bytes });
  }
  return writes;
}

function refuseDifferent(source: StoreDigest, target: StoreDigest): void {
  const different = storeParts.filter((part) => canonical(source[part]) !== canonical(target[part]));
  if (different.length === 0) return;
  const counts = different.map((part) => `${part} (${source[part].count} there, ${target[part].count} here)`);
  throw new BrainOpsError(
    "conflict",
    `The copy differs in ${counts.join(", ")}: the source was written meanwhile, or the target has been in use. ` +
      "Stop what uses them, and copy into an empty target.",
  );
}

async function verifyJournals(to: Store, told: Told): Promise<number> {
  let journals = 0;
  for (const stream of await to.streams(journalStream(""))) {
    const entries = await readJournal(to, stream.slice(journalStream("").length));
    if (entries[0]?.position === 0) verifyChain(entries);
    told("journals", ++journals);
  }
  return journals;
}
