import { BrainOpsError, type JsonObject, type Write } from "@brainops/core";
import { isWithin } from "@brainops/core/recall";
import { nameOf, type Context } from "./context.ts";
import { knownFields } from "./encode-record.ts";
import type { Encoding } from "./encoding.ts";

/** Erasing by id and subject names each record with its words; erasing a scope leaves it to the server to find them. */
export function encodeErase(context: Context, encoding: Encoding, write: Extract<Write, { type: "erase" }>): void {
  const { view, locks, add, writes, index } = encoding;
  const { sealer } = context;
  const ids = new Set(write.ids);
  let about: JsonObject = {};
  if (write.subject !== undefined) {
    const { subject } = write;
    const mark = sealer.token("subject", subject);
    for (const { record } of view.records()) if (record.subjects.includes(subject)) ids.add(record.id);
    about = { u: mark, un: [...view.marked(mark)] };
  }
  const records = [...ids].map((id) => {
    locks.name(nameOf(context, "record", id));
    const known = view.record(id);
    view.gone(id);
    return known === undefined ? { i: id } : knownFields(encoding, known);
  });
  let within: JsonObject = {};
  if (write.scope !== undefined) {
    const { scope } = write;
    view.goneWithin(scope);
    const token = sealer.token("scope", scope);
    locks.within(token);
    const later = writes.slice(index + 1).flatMap((other) => {
      const path = other.type === "record" ? other.record.scope : other.type === "blob" ? other.scope : undefined;
      return path !== undefined && isWithin(path, scope) ? [view.useScope(context, path).n] : [];
    });
    within = { x: token, keep: later };
  }
  add(
    { t: "erase", r: records, ...about, ...within },
    () => new BrainOpsError("conflict", "What is to be erased has changed meanwhile."),
  );
}
