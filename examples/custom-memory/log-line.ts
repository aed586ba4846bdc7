import type { Commit, MemoryRecord, Store, Write } from "@brainops/core";
import { isWithin } from "@brainops/core/recall";

/** One commit as a line of JSON. */
export function toLine(commit: Commit): string {
  return JSON.stringify(commit, (_, value: unknown) =>
    value instanceof Uint8Array || value instanceof Float32Array ? { base64: toBase64(value) } : value,
  );
}

/** Reads a line back. */
export function fromLine(line: string): Commit {
  const commit = JSON.parse(line) as Commit;
  return { ...commit, writes: commit.writes.map(withBytes) };
}

function withBytes(write: Write): Write {
  if (write.type === "blob") return { ...write, bytes: fromBase64(write.bytes) };
  if (write.type === "vector") return { ...write, vector: new Float32Array(fromBase64(write.vector).buffer) };
  return write;
}

function toBase64({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function fromBase64(written: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from((written as { readonly base64: string }).base64, "base64"));
}

/**
 * The same lines without what the last of them erased. It is found from behind: once a record has been erased, or has begun
 * again with its first version, everything written about it before goes.
 */
export async function withoutErased(store: Store, lines: readonly string[]): Promise<string[]> {
  const commits = lines.map(fromLine);
  const ids = new Set(
    commits.flatMap(({ writes }) => writes.flatMap((write) => (write.type === "record" ? write.record.id : []))),
  );
  const alive = new Set((await store.records([...ids])).map(({ record }) => record.id));
  const documents = new Set<string>();
  for (const { writes } of commits)
    for (const write of writes)
      if (write.type === "document" && write.record !== undefined && (await store.document(write.key)) === undefined)
        documents.add(write.key);
  const gone = new Set([...ids].filter((id) => !alive.has(id)));
  const scopes: string[] = [];
  const subjects = new Set(
    commits.flatMap(({ writes }) => writes.flatMap((write) => (write.type === "erase" ? (write.subject ?? []) : []))),
  );
  for (const commit of commits.reverse()) {
    const kept: Write[] = [];
    for (const write of commit.writes.toReversed()) {
      if (write.type === "erase" && write.scope !== undefined) scopes.push(write.scope);
      if (isGone(write, gone, scopes) || (write.type === "document" && documents.has(write.key))) {
        if (write.type === "record") kept.push({ type: "record", record: withoutContents(write.record, subjects) });
        continue;
      }
      // It was put once more since, so its versions must go on.
      const went = write.type === "document" && write.record !== undefined && gone.has(write.record);
      kept.push(went ? { ...write, value: true } : write);
      if (write.type === "record" && write.record.version === 1) gone.add(write.record.id);
    }
    Object.assign(commit, { writes: kept.reverse() });
  }
  return commits.reverse().map(toLine);
}

/** That it was there stays, so that the log still tells who follows it that it is gone, and what erases it still does. */
function withoutContents(record: MemoryRecord, erased: ReadonlySet<string>): MemoryRecord {
  const { id, kind, scope, createdAt, version } = record;
  return {
    id,
    kind,
    scope,
    createdAt,
    version,
    text: "",
    data: {},
    tags: [],
    subjects: record.subjects.filter((subject) => erased.has(subject)),
    importance: 0,
    confidence: 0,
    trust: "outside",
    provenance: {},
  };
}

function isGone(write: Write, gone: ReadonlySet<string>, scopes: readonly string[]): boolean {
  switch (write.type) {
    case "record":
      return gone.has(write.record.id);
    case "vector":
      return gone.has(write.id);
    case "link":
      return gone.has(write.link.from) || gone.has(write.link.to);
    case "blob":
    case "unblob":
      return scopes.some((scope) => isWithin(write.scope, scope));
    default:
      return false;
  }
}
