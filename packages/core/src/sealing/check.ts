import { BrainOpsError } from "../contracts/error.ts";
import { linkTypes, recordKinds, trustLevels, type MemoryRecord } from "../contracts/record.ts";
import type { RecordFilter } from "../contracts/store.ts";
import type { Commit, Write } from "../contracts/write.ts";

/** The longest text of a record, in UTF-16 units. */
export const longestText = 1_000_000;
/** The longest id, scope, stream name, document key, tag and the like, in UTF-16 units. */
export const longestName = 512;

/** The most that is added to a counter in one go. */
const mostCounted = 1_000_000_000;

const printable = /^[\x21-\x7e]+$/;
const control = /\p{Cc}/u;

function fail(what: string, expected: string): never {
  throw new BrainOpsError("invalid_input", `${what} must be ${expected}.`, { details: { what } });
}

function name(what: string, value: string): void {
  if (
    typeof value !== "string" ||
    value === "" ||
    value.length > longestName ||
    control.test(value) ||
    !value.isWellFormed()
  )
    fail(what, `a non-empty text of at most ${longestName} characters, without control characters or lone surrogates`);
}

function text(what: string, value: string): void {
  if (typeof value !== "string" || value.length > longestText)
    fail(what, `a text of at most ${longestText} characters`);
}

function recordId(what: string, value: string): void {
  if (typeof value !== "string" || value.length > 128 || !printable.test(value))
    fail(what, "1 to 128 printable ASCII characters without spaces, such as a UUID");
}

function oneOf(what: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) fail(what, `one of ${allowed.join(", ")}`);
}

function whole(what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) fail(what, `a whole number from ${least} on`);
}

/** The farthest time that JavaScript has a date for, in milliseconds. */
const lastTime = 8.64e15;

function time(what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > lastTime)
    fail(what, `a time in whole milliseconds from ${least} to ${lastTime}`);
}

const deepest = 500;

/** What JSON would lose or change is refused; members that are `undefined` are not there. */
function json(what: string, value: unknown, depth = 0): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) fail(what, "JSON, which has only finite numbers");
    return;
  }
  if (depth > deepest) fail(what, `JSON of at most ${deepest} levels, without cycles`);
  if (Array.isArray(value)) for (const one of value) json(what, one, depth + 1);
  else if (isPlain(value)) {
    for (const one of Object.values(value)) if (one !== undefined) json(what, one, depth + 1);
  } else fail(what, "JSON: no functions, dates, bytes, instances of classes or bigints");
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function share(what: string, value: number): void {
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) fail(what, "a number from 0 to 1");
}

/** Throws `invalid_input` when a scope is not a path such as `acme/shop`. There is no scope that means "everywhere". */
export function checkScope(scope: string): void {
  name("A scope", scope);
  if (scope.split("/").some((part) => part === "" || part === "." || part === ".."))
    fail("A scope", "a path such as 'acme/shop', without empty parts, '.' or '..'");
}

/** Throws `invalid_input` when something is no list of texts. */
export function checkTexts(what: string, values: readonly string[]): void {
  if (!Array.isArray(values) || !values.every((value) => typeof value === "string")) fail(what, "a list of texts");
}

/** Throws `invalid_input` when a limit or the like is neither a whole number from 0 on, nor Infinity, nor absent. */
export function checkCount(what: string, value: number | undefined): void {
  if (value !== undefined && value !== Infinity) whole(what, value, 0);
}

/** Throws `invalid_input` when names of a queue and a lane are no texts. */
export function checkQueue(...names: readonly string[]): void {
  for (const value of names)
    if (typeof value !== "string" || value === "" || !value.isWellFormed())
      fail("The name of a queue or lane", "a non-empty text without lone surrogates");
}

/** Throws `invalid_input` when a time that is asked for is no number. */
export function checkTime(what: string, value: number): void {
  if (typeof value !== "number" || Number.isNaN(value)) fail(what, "a number of milliseconds");
}

/** Throws `invalid_input` when a filter lacks its scope or asks for kinds that do not exist. */
export function checkFilter(filter: RecordFilter): void {
  if (filter?.scope === undefined) fail("A filter's scope", "given: there is no scope that means everywhere");
  checkScope(filter.scope);
  const { kinds = [], tags = [], fingerprint, thread } = filter;
  checkTexts("A filter's kinds", kinds);
  for (const kind of kinds) oneOf("A kind of record", kind, recordKinds);
  checkTexts("A filter's tags", tags);
  checkTexts("A filter's fingerprint and thread", [fingerprint ?? "", thread ?? ""]);
  for (const key of ["since", "until", "fromSequence", "toSequence"] as const)
    if (Number.isNaN(filter[key] ?? 0) || typeof (filter[key] ?? 0) !== "number") fail(`A filter's ${key}`, "a number");
}

/**
 * Throws `invalid_input` when a space is no name that ends with a length, such as `gpt/1536`, or a vector is not of this
 * length.
 */
export function checkSpace(space: string, vector?: Float32Array): void {
  name("A space", space);
  const length = /\/([1-9]\d{0,4})$/.exec(space)?.[1];
  if (length === undefined) fail("A space", "the embedder's name and the length of its vectors, such as 'gpt/1536'");
  if (vector === undefined) return;
  if (!(vector instanceof Float32Array) || vector.length !== Number(length) || !vector.every(Number.isFinite))
    fail(`A vector of the space ${space}`, `a Float32Array of ${length} finite numbers`);
}

/** Throws `invalid_input` when a record is not as its contract says. */
export function checkRecord(record: MemoryRecord): void {
  recordId("A record's id", record.id);
  oneOf("A record's kind", record.kind, recordKinds);
  checkScope(record.scope);
  text("A record's text", record.text);
  if (record.data === null || typeof record.data !== "object" || Array.isArray(record.data))
    fail("A record's data", "a JSON object");
  json("A record's data", record.data);
  if (record.provenance === null || typeof record.provenance !== "object") fail("A record's provenance", "an object");
  json("A record's provenance", record.provenance);
  checkTexts("A record's tags", record.tags);
  checkTexts("A record's subjects", record.subjects);
  for (const tag of record.tags) name("A tag", tag);
  for (const subject of record.subjects) name("A subject", subject);
  if (record.thread !== undefined) name("A thread", record.thread);
  if (record.actor !== undefined) name("An actor", record.actor);
  if (record.fingerprint !== undefined) name("A fingerprint", record.fingerprint);
  if (record.sequence !== undefined) whole("A sequence", record.sequence, Number.MIN_SAFE_INTEGER);
  share("A record's importance", record.importance);
  share("A record's confidence", record.confidence);
  oneOf("A record's trust", record.trust, trustLevels);
  time("A record's createdAt", record.createdAt, 0);
  whole("A record's version", record.version, 1);
  const { validFrom, validTo } = record;
  if (validFrom !== undefined) time("A record's validFrom", validFrom, -lastTime);
  if (validTo !== undefined) time("A record's validTo", validTo, -lastTime);
  if (validFrom !== undefined && validTo !== undefined && validTo < validFrom)
    fail("A record's validTo", "at or after its validFrom");
}

/**
 * Throws `invalid_input` when a commit is not as its contract says. Every store calls it before anything else, so that
 * all of them refuse the same things.
 */
export function checkCommit(commit: Commit): void {
  name("A commit's id", commit?.id);
  if (!Array.isArray(commit.writes)) fail("The writes of a commit", "a list");
  for (const write of commit.writes) checkWrite(write);
}

function checkWrite(write: Write): void {
  switch (write?.type) {
    case "append":
      name("A stream's name", write.stream);
      if (!Array.isArray(write.entries)) fail("The entries of an append", "an array");
      // Where there is a text of each, that is what is kept.
      for (const entry of write.texts?.length === write.entries.length ? [] : write.entries) {
        if (entry === undefined) fail("An entry", "JSON");
        json("An entry", entry);
      }
      if (write.expectedPosition !== undefined) whole("expectedPosition", write.expectedPosition, 0);
      return;
    case "trim":
      name("A stream's name", write.stream);
      return whole("The position of a trim", write.before, 0);
    case "record":
      return checkRecord(write.record);
    case "link":
      recordId("The start of a link", write.link.from);
      recordId("The end of a link", write.link.to);
      if (write.link.createdAt !== undefined) whole("A link's createdAt", write.link.createdAt, 0);
      if (write.link.reason !== undefined) text("A link's reason", write.link.reason);
      return oneOf("The type of a link", write.link.type, linkTypes);
    case "vector":
      recordId("A record's id", write.id);
      whole("A record's version", write.version, 1);
      return checkSpace(write.space, write.vector);
    case "count":
      recordId("A record's id", write.id);
      oneOf("A counter", write.counter, ["uses", "tries", "successes"]);
      // So that no sum becomes too large to be read.
      if (Math.abs(write.by) > mostCounted) fail("What is added to a counter", `at most ${mostCounted} either way`);
      return whole("What is added to a counter", write.by, -mostCounted);
    case "document":
      name("A document's key", write.key);
      if (write.value === undefined) fail("A document's value", "JSON (null deletes it)");
      json("A document's value", write.value);
      if (write.record !== undefined) recordId("The id of the record that a document goes with", write.record);
      if (write.expectedVersion !== undefined) whole("expectedVersion", write.expectedVersion, 0);
      return;
    case "blob":
      if (!(write.bytes instanceof Uint8Array)) fail("The bytes of a blob", "a Uint8Array");
      checkScope(write.scope);
      return name("A blob's id", write.id);
    case "unblob":
      checkScope(write.scope);
      return name("A blob's id", write.id);
    case "wake":
      name("The key of a wake", write.key);
      if (write.at !== null) whole("The time of a wake", write.at, 0);
      if (write.queue !== undefined) checkQueue(write.queue.name, write.queue.lane);
      if (write.data === undefined) return;
      if (!isPlain(write.data)) fail("The data of a wake", "an object");
      json("The data of a wake", write.data);
      return;
    case "redact":
      name("A stream's name", write.stream);
      for (const [index, position] of write.positions.entries())
        whole("A position of a redact, in ascending order", position, (write.positions[index - 1] ?? -1) + 1);
      for (const member of write.members) name("A member of an entry", member);
      return;
    case "erase":
      return checkErase(write);
    default:
      fail("A write", "one of the types of the contract");
  }
}

function checkErase(write: Extract<Write, { type: "erase" }>): void {
  if (write.ids === undefined && write.scope === undefined && write.subject === undefined)
    fail("An erase", "told what to erase: ids, scope or subject");
  checkTexts("The ids of an erase", write.ids ?? []);
  for (const id of write.ids ?? []) recordId("A record's id", id);
  if (write.scope !== undefined) checkScope(write.scope);
  if (write.subject !== undefined) name("A subject", write.subject);
}
