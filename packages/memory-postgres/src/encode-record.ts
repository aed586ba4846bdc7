import { BrainOpsError, recordKinds, type JsonObject, type MemoryRecord } from "@brainops/core";
import { packTerms } from "@brainops/core/postings";
import { marksOf } from "@brainops/core/sealing";
import { nameOf, type Context } from "./context.ts";
import type { Encoding } from "./encoding.ts";
import type { Explain, Known } from "./member.ts";
import { sealRecord } from "./record-body.ts";

/** A record that is put for the first time joins the others before it; a newer version goes by itself. */
export function encodeRecord(context: Context, encoding: Encoding, record: MemoryRecord): void {
  const { view, bodies, locks, operations, tokensOf, add } = encoding;
  const scope = view.useScope(context, record.scope);
  const terms = tokensOf(record.text);
  const sealed = bodies.add(sealRecord(context, record, scope));
  const packed = bodies.add(packTerms(terms));
  const fields = {
    i: record.id,
    s: scope.n,
    k: recordKinds.indexOf(record.kind),
    c: record.createdAt,
    l: terms.length,
    h: record.thread === undefined ? null : context.sealer.token("thread", record.thread),
    q: record.sequence ?? null,
    m: marksOf(context.sealer, record),
    ...sealed,
    e: packed.b,
    f: packed.z,
  };
  const before = view.record(record.id);
  view.put({ record });
  if (record.version > 1) {
    locks.name(nameOf(context, "record", record.id));
    add(
      {
        t: "edit",
        v: record.version,
        ...fields,
        // What an embedder made of the text stays as long as the text does.
        x: before?.record.text !== record.text,
        ...(before === undefined ? {} : { o: knownFields(encoding, before) }),
      },
      wrongVersion(record),
    );
    return;
  }
  const last = operations.at(-1);
  const list = last?.["t"] === "put" ? (last["r"] as JsonObject[]) : undefined;
  // The same id twice is a conflict, which the second of two operations finds.
  if (list === undefined || before !== undefined) add({ t: "put", r: [fields] }, wrongVersion(record));
  else list.push(fields);
}

/** What the server needs to take a record's words out of the index. */
export function knownFields({ bodies, tokensOf }: Encoding, { n, record }: Known): JsonObject {
  const { b, z } = bodies.add(packTerms(tokensOf(record.text)));
  return { i: record.id, ...(n === undefined ? {} : { n }), e: b, f: z };
}

/** The server says which record it was, and what version it has. */
function wrongVersion({ version }: MemoryRecord): Explain {
  return (found) => {
    const [id = "", stored = "0"] = found.split(" ");
    const next = Number(stored) + 1;
    return new BrainOpsError("conflict", `Record ${id} has version ${stored}, so the next is ${next}, not ${version}.`);
  };
}
