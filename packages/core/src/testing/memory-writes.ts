import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import type { Write } from "../contracts/write.ts";
import { countTerms } from "../recall/analyse.ts";
import { isWithin } from "../recall/fits-filter.ts";
import { parseRecord } from "./memory-candidates.ts";
import { withoutMembers } from "../sealing/without-members.ts";
import { dropVectors, putVector } from "./memory-vectors.ts";
import { blobKey, goneKey, type MemoryEntry, type MemoryState } from "./memory-state.ts";

type Of<T extends Write["type"]> = Extract<Write, { type: T }>;
/** Takes back one change; run in reverse order when a later write of the same commit fails. */
type Undo = () => void;

/** Applies one write, and says how to take it back. Throws before it has changed anything of its own. */
export function applyWrite(state: MemoryState, write: Write, undo: Undo[]): void {
  switch (write.type) {
    case "record":
      return putRecord(state, write, undo);
    case "link":
      return link(state, write, undo);
    case "vector":
      return putVector(state, write, undo);
    case "count":
      return count(state, write, undo);
    case "append":
      return append(state, write, undo);
    case "trim":
      return trim(state, write, undo);
    case "document":
      return putDocument(state, write, undo);
    case "blob":
      return blob(state, write, undo);
    case "unblob":
      return unblob(state, write, undo);
    case "wake":
      return putWake(state, write, undo);
    case "redact":
      return redact(state, write, undo);
    case "erase":
      return erase(state, write, undo);
  }
}

function put<K, V>(map: Map<K, V>, key: K, value: V, undo: Undo[]): void {
  const before = map.get(key);
  undo.push(before === undefined ? () => map.delete(key) : () => map.set(key, before));
  map.set(key, value);
}

function remove<K, V>(map: Map<K, V>, key: K, undo: Undo[]): void {
  const before = map.get(key);
  if (before === undefined) return;
  // The order of the map is part of what reads see, so a removal that is taken back restores the whole order.
  const entries = [...map];
  undo.push(() => {
    map.clear();
    for (const [k, v] of entries) map.set(k, v);
  });
  map.delete(key);
}

function conflict(message: string): never {
  throw new BrainOpsError("conflict", message);
}

function putRecord(state: MemoryState, { record }: Of<"record">, undo: Undo[]): void {
  const before = state.records.get(record.id);
  const stored = before?.version ?? 0;
  if (record.version !== stored + 1)
    conflict(`Record ${record.id} has version ${stored}, so the next is ${stored + 1}, not ${record.version}.`);
  const { frequencies, length } = countTerms(record.text);
  const entry: MemoryEntry = {
    json: JSON.stringify(record),
    scope: record.scope,
    thread: record.thread,
    sequence: record.sequence,
    subjects: [...record.subjects],
    createdAt: record.createdAt,
    version: record.version,
    frequencies,
    length,
    counters: before?.counters ?? { uses: 0, tries: 0, successes: 0 },
    changed: state.position + 1,
  };
  if (before !== undefined) unindex(state, record.id, before, undo);
  if (before !== undefined && parseRecord(before).text !== record.text) dropVectors(state, record.id, undo);
  if (before !== undefined && before.scope !== record.scope) noteGone(state, record.id, before.scope, undo);
  remove(state.gone, goneKey(record.scope, record.id), undo);
  put(state.records, record.id, entry, undo);
  for (const term of frequencies.keys()) {
    let ids = state.postings.get(term);
    if (ids === undefined) state.postings.set(term, (ids = new Set()));
    ids.add(record.id);
    undo.push(() => state.postings.get(term)?.delete(record.id));
  }
}

function noteGone(state: MemoryState, id: string, scope: string, undo: Undo[]): void {
  put(state.gone, goneKey(scope, id), { id, scope, position: state.position + 1 }, undo);
}

function unindex(state: MemoryState, id: string, entry: MemoryEntry, undo: Undo[]): void {
  for (const term of entry.frequencies.keys()) {
    state.postings.get(term)?.delete(id);
    undo.push(() => state.postings.get(term)?.add(id));
  }
}

function link(state: MemoryState, { link: arrow }: Of<"link">, undo: Undo[]): void {
  for (const end of [arrow.from, arrow.to]) {
    if (!state.records.has(end)) throw new BrainOpsError("not_found", `There is no record ${end} to link.`);
  }
  if (arrow.type === "supersedes" && isSuperseded(state, arrow.from, arrow.to))
    throw new BrainOpsError(
      "invalid_input",
      `${arrow.from} cannot supersede ${arrow.to}, which supersedes it. Of two records only one can stand for both.`,
    );
  const key = `${arrow.from} ${arrow.type} ${arrow.to}`;
  if (!state.links.has(key)) put(state.links, key, { ...arrow }, undo);
}

/** Whether a record is superseded by another, however many stand between them, or is the very same. */
function isSuperseded(state: MemoryState, id: string, by: string): boolean {
  const reached = new Set([by]);
  for (const from of reached)
    for (const { from: other, to, type } of state.links.values())
      if (type === "supersedes" && other === from) reached.add(to);
  return reached.has(id);
}

function count(state: MemoryState, { id, counter, by }: Of<"count">, undo: Undo[]): void {
  const entry = state.records.get(id);
  if (entry === undefined) return;
  const before = entry.counters;
  entry.counters = { ...before, [counter]: before[counter] + by };
  undo.push(() => {
    entry.counters = before;
  });
}

function append(state: MemoryState, write: Of<"append">, undo: Undo[]): void {
  const stream = state.streams.get(write.stream);
  const length = stream === undefined ? 0 : stream.base + stream.entries.length;
  if (write.expectedPosition !== undefined && write.expectedPosition !== length)
    conflict(
      `Stream ${write.stream} has ${length} entries, not ${write.expectedPosition}: somebody else has appended.`,
    );
  if (write.entries.length === 0) return;
  const texts = write.entries.map((entry) => JSON.stringify(entry));
  if (stream === undefined) return put(state.streams, write.stream, { base: 0, entries: texts }, undo);
  const kept = stream.entries.length;
  for (const text of texts) stream.entries.push(text);
  undo.push(() => {
    stream.entries.length = kept;
  });
}

function trim(state: MemoryState, { stream: name, before }: Of<"trim">, undo: Undo[]): void {
  const stream = state.streams.get(name);
  if (stream === undefined || before <= stream.base) return;
  const { base, entries } = stream;
  stream.entries = entries.slice(before - base);
  stream.base = Math.min(before, base + entries.length);
  undo.push(() => {
    stream.base = base;
    stream.entries = entries;
  });
}

function redact(state: MemoryState, { stream: name, positions, members }: Of<"redact">, undo: Undo[]): void {
  const stream = state.streams.get(name);
  const redacted = positions.map((position) => {
    const index = position - (stream?.base ?? 0);
    const entry = JSON.parse(stream?.entries[index] ?? "null") as Json;
    return [
      index,
      withoutMembers(entry, members) ?? conflict(`Entry ${position} of stream ${name} has none of these members.`),
    ] as const;
  });
  if (stream === undefined) return;
  const before = stream.entries;
  stream.entries = [...before];
  for (const [index, entry] of redacted) stream.entries[index] = JSON.stringify(entry);
  undo.push(() => {
    stream.entries = before;
  });
}

function putDocument(state: MemoryState, write: Of<"document">, undo: Undo[]): void {
  const { key, value, expectedVersion, record } = write;
  const version = state.documents.get(key)?.version ?? 0;
  if (expectedVersion !== undefined && expectedVersion !== version)
    conflict(`Document ${key} has version ${version}, not ${expectedVersion}.`);
  if (value === null) return remove(state.documents, key, undo);
  if (record !== undefined && !state.records.has(record))
    throw new BrainOpsError("not_found", `There is no record ${record} for document ${key} to go with.`);
  put(state.documents, key, { json: JSON.stringify(value), version: version + 1, record }, undo);
}

function putWake(state: MemoryState, { key, at, data, queue }: Of<"wake">, undo: Undo[]): void {
  if (at === null) return remove(state.wakes, key, undo);
  const wake = { key, at, ...(data === undefined ? {} : { data }), ...(queue === undefined ? {} : { queue }) };
  put(state.wakes, key, { key, at, queue, json: JSON.stringify(wake) }, undo);
}

function blob(state: MemoryState, write: Of<"blob">, undo: Undo[]): void {
  const key = blobKey(write.scope, write.id);
  const before = state.blobs.get(key);
  const references = (before?.references ?? 0) + 1;
  put(state.blobs, key, { scope: write.scope, bytes: before?.bytes ?? write.bytes.slice(), references }, undo);
}

function unblob(state: MemoryState, write: Of<"unblob">, undo: Undo[]): void {
  const key = blobKey(write.scope, write.id);
  const before = state.blobs.get(key);
  if (before === undefined) return;
  if (before.references === 1) remove(state.blobs, key, undo);
  else put(state.blobs, key, { ...before, references: before.references - 1 }, undo);
}

function erase(state: MemoryState, write: Of<"erase">, undo: Undo[]): void {
  const ids = new Set(write.ids);
  for (const [id, entry] of state.records) {
    if (write.scope !== undefined && isWithin(entry.scope, write.scope)) ids.add(id);
    if (write.subject !== undefined && entry.subjects.includes(write.subject)) ids.add(id);
  }
  for (const id of ids) {
    const entry = state.records.get(id);
    if (entry === undefined) continue;
    unindex(state, id, entry, undo);
    dropVectors(state, id, undo);
    noteGone(state, id, entry.scope, undo);
    remove(state.records, id, undo);
  }
  for (const [key, { record }] of state.documents)
    if (record !== undefined && ids.has(record)) remove(state.documents, key, undo);
  for (const [key, arrow] of state.links) if (ids.has(arrow.from) || ids.has(arrow.to)) remove(state.links, key, undo);
  if (write.scope === undefined) return;
  for (const [key, { scope }] of state.blobs) if (isWithin(scope, write.scope)) remove(state.blobs, key, undo);
}
