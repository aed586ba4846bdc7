import { BrainOpsError, isBrainOpsError, linkTypes, type JsonObject, type Write } from "@brainops/core";
import { beginnings, blobParts } from "@brainops/core/sealing";
import { nameOf, sealText, type Context } from "./context.ts";
import { encodeErase } from "./encode-erase.ts";
import { encodeRedact, keepFrame } from "./encode-redact.ts";
import { encodeRecord } from "./encode-record.ts";
import type { Encoding } from "./encoding.ts";
import { sealFrame } from "./frames.ts";
import type { Explain, Looked, Member } from "./member.ts";
import { sealStreamName, sealWake } from "./named.ts";
import { makeView } from "./view.ts";
import { chunkPlace, documentPlace, linkPlace } from "./places.ts";
import { bitsOf, vectorText } from "./vectors.ts";

/** A commit as it is sent. */
export interface EncodedCommit {
  readonly id: string;
  /** The stream and position of its owned append: when that is there with this commit's id, the commit was done before. */
  readonly o?: readonly [stream: string, position: number];
  /** Scopes that it uses, with the keys they must have. */
  readonly k: readonly (readonly [scope: number, key: number])[];
  /** Its operations, of type `t`. */
  readonly w: readonly JsonObject[];
}

/** A member of a group as it is sent, and how to say what stood in the way of each of its operations. */
export interface Encoded {
  readonly json: EncodedCommit;
  readonly explain: readonly Explain[];
}

/** Seals a commit and turns it into what the server's function takes. What was looked up must cover its writes. */
export function encodeMember(
  context: Context,
  { commit }: Member,
  looked: Looked,
  shared: Pick<Encoding, "bodies" | "locks" | "tokensOf">,
): Encoded {
  const own = nameOf(context, "commit", commit.id);
  const operations: JsonObject[] = [];
  const explain: Explain[] = [];
  const view = makeView(looked);
  const add = (operation: JsonObject, why: Explain): void => {
    operations.push(operation);
    explain.push(why);
  };
  for (const [index, write] of commit.writes.entries()) {
    try {
      encodeWrite(context, { ...shared, commit: own, writes: commit.writes, index, write, view, operations, add });
    } catch (error) {
      if (!isBrainOpsError(error, "conflict")) throw error;
      // Only the server can tell a conflict from a commit that was done before.
      add({ t: "fail" }, () => error);
    }
  }
  const owned = commit.writes.find(
    (write): write is Extract<Write, { type: "append" }> =>
      write.type === "append" && write.expectedPosition !== undefined && write.entries.length > 0,
  );
  for (const { n } of view.scopes.values()) shared.locks.scope(n);
  const json: EncodedCommit = {
    id: own,
    ...(owned === undefined ? {} : { o: [nameOf(context, "stream", owned.stream), owned.expectedPosition ?? 0] }),
    k: [...view.scopes.values()].map(({ n, key }) => [n, key] as const),
    w: operations,
  };
  return { json, explain };
}

const never: Explain = (found) => new BrainOpsError("conflict", `The commit does not fit what is stored (${found}).`);

function encodeWrite(context: Context, encoding: Encoding): void {
  const { write, bodies, locks, add, view } = encoding;
  switch (write.type) {
    case "append":
      return encodeAppend(context, encoding, write);
    case "trim": {
      const stream = nameOf(context, "stream", write.stream);
      locks.name(stream);
      view.trim(stream, write.before);
      return add({ t: "trim", s: stream, p: write.before }, never);
    }
    case "record":
      return encodeRecord(context, encoding, write.record);
    case "erase":
      return encodeErase(context, encoding, write);
    case "redact":
      return encodeRedact(context, encoding, write);
    case "count": {
      locks.name(nameOf(context, "record", write.id));
      const by = (counter: string): number => (write.counter === counter ? write.by : 0);
      return add({ t: "count", r: write.id, u: by("uses"), x: by("tries"), y: by("successes") }, never);
    }
    case "link":
      return encodeLink(context, encoding, write);
    case "vector": {
      const { b, z } = bodies.add(Buffer.from(vectorText(write.vector)));
      locks.name(nameOf(context, "record", write.id));
      const space = nameOf(context, "space", write.space);
      return add({ t: "vector", r: write.id, v: write.version, s: space, x: bitsOf(write.vector), b, z }, never);
    }
    case "document":
      return encodeDocument(context, encoding, write);
    case "blob": {
      const scope = view.useScope(context, write.scope);
      const name = nameOf(context, "blob", `${write.scope}\n${write.id}`);
      locks.name(name);
      const parts = blobParts(write.bytes).map((part, i, all) => {
        const { b, z } = bodies.add(context.sealer.seal(scope.key, chunkPlace(name, i, all.length), part));
        return [b, z];
      });
      return add({ t: "blob", k: name, s: scope.n, x: parts }, never);
    }
    case "unblob": {
      const name = nameOf(context, "blob", `${write.scope}\n${write.id}`);
      locks.name(name);
      return add({ t: "unblob", k: name }, never);
    }
    case "wake": {
      const { name, at, queue, lane, body } = sealWake(context, write);
      locks.name(name);
      if (at === undefined || body === undefined) return add({ t: "wake", k: name }, never);
      const place = queue === undefined || lane === undefined ? {} : { q: queue, l: lane };
      return add({ t: "wake", k: name, a: at, ...place, ...bodies.add(body) }, never);
    }
  }
}

function encodeAppend(context: Context, encoding: Encoding, write: Extract<Write, { type: "append" }>): void {
  const { commit, index, bodies, locks, add, view } = encoding;
  const { stream: name, entries, texts, expectedPosition } = write;
  const stream = nameOf(context, "stream", name);
  const why: Explain = (length) =>
    new BrainOpsError(
      "conflict",
      `Stream ${name} has ${length} entries, not ${expectedPosition ?? "as many as before"}: somebody else has appended.`,
    );
  const head = {
    t: "append",
    s: stream,
    c: entries.length,
    ...(expectedPosition === undefined ? { i: index } : { p: expectedPosition }),
  };
  if (entries.length === 0) return add(head, why);
  const part = expectedPosition === undefined ? index : undefined;
  const frame = { stream, position: expectedPosition ?? 0, part, commit, entries, texts };
  const sealed = sealFrame(context, frame);
  if (part === undefined) keepFrame(view, frame, sealed);
  // A stream that goes on has its name already.
  const known = context.streams.has(stream) || (expectedPosition ?? 0) > 0;
  // Of an owned stream that is there one row is written, by its owner.
  if (!known || part !== undefined) locks.name(stream);
  if (known) return add({ ...head, ...bodies.add(sealed) }, why);
  const { body, tokens } = sealStreamName(context, stream, name);
  add({ ...head, ...bodies.add(sealed), n: { ...bodies.add(body), g: tokens } }, why);
}

function encodeDocument(context: Context, encoding: Encoding, write: Extract<Write, { type: "document" }>): void {
  const { bodies, locks, add } = encoding;
  const { key, value, expectedVersion, record } = write;
  const name = nameOf(context, "document", key);
  locks.name(name);
  const why: Explain = (found) =>
    found === record
      ? new BrainOpsError("not_found", `There is no record ${record} for document ${key} to go with.`)
      : new BrainOpsError("conflict", `Document ${key} has version ${found}, not ${expectedVersion ?? found}.`);
  const head = { t: "document", k: name, ...(expectedVersion === undefined ? {} : { p: expectedVersion }) };
  if (value === null) return add(head, why);
  if (record !== undefined) locks.name(nameOf(context, "record", record));
  const text = JSON.stringify(record === undefined ? [key, value] : [key, value, record]);
  const sealed = bodies.add(sealText(context, documentPlace(name), text));
  const tokens = beginnings(key).map((beginning) => context.sealer.token("document-beginning", beginning));
  add({ ...head, ...sealed, g: tokens, ...(record === undefined ? {} : { r: record }) }, why);
}

function encodeLink(context: Context, encoding: Encoding, write: Extract<Write, { type: "link" }>): void {
  const { bodies, locks, add } = encoding;
  const { from, to, type, reason, createdAt } = write.link;
  const number = linkTypes.indexOf(type);
  for (const end of [from, to]) locks.name(nameOf(context, "record", end));
  if (type === "supersedes") locks.superseding();
  const more = reason === undefined && createdAt === undefined ? undefined : JSON.stringify({ reason, createdAt });
  const sealed = more === undefined ? {} : bodies.add(sealText(context, linkPlace(from, to, number), more));
  add({ t: "link", f: from, o: to, y: number, c: type === "supersedes", ...sealed }, (id) =>
    id === "BR400" || id === ""
      ? new BrainOpsError(
          "invalid_input",
          `${from} cannot supersede ${to}, which supersedes it. Of two records only one can stand for both.`,
        )
      : new BrainOpsError("not_found", `There is no record ${id} to link.`),
  );
}
