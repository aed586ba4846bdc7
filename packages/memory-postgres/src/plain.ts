import type { Json, JsonObject, Write } from "@brainops/core";
import type { EncodedCommit } from "./encode.ts";
import type { Member } from "./member.ts";

/**
 * Finds the commits of a group that the server can do together, with one statement for each table: those that do no more
 * than append to the end of a stream of their own and set or clear wakes, as runs make them all the time. What another
 * commit of the group names, too, is done one by one, in the order in which it came.
 */
export function findPlain(group: readonly Member[]): ReadonlySet<Member> {
  const plain = new Set<Member>();
  const namedBy = new Map<string, Member>();
  const shared: Member[] = [];
  for (const member of group) {
    const { writes } = member.commit;
    for (const name of writes.flatMap(nameIn)) {
      const other = namedBy.get(name);
      if (other !== undefined) shared.push(other, member);
      namedBy.set(name, member);
    }
    const appends = writes.filter(isOwned).length;
    if (appends === 1 && writes.every((write) => write.type === "wake" || isOwned(write))) plain.add(member);
  }
  for (const member of shared) plain.delete(member);
  return plain;
}

function isOwned(write: Write): boolean {
  return write.type === "append" && write.expectedPosition !== undefined && write.entries.length > 0;
}

/** The stream or wake that a write is about. No plain commit touches anything else. */
function nameIn(write: Write): string[] {
  if (write.type === "wake") return [`wake ${write.key}`];
  return "stream" in write ? [`stream ${write.stream}`] : [];
}

/** Plain commits as the server takes them: appends, names of streams that begin, wakes that are set, and those that are cleared. */
export function plainJson(commits: readonly EncodedCommit[]): JsonObject {
  const appends: JsonObject[] = [];
  const names: JsonObject[] = [];
  const wakes: JsonObject[] = [];
  const cleared: Json[] = [];
  for (const [at, { id, w: operations }] of commits.entries())
    for (const { t: type, n: name, ...rest } of operations) {
      if (type === "append") appends.push({ at, i: id, ...rest });
      else if ("b" in rest) wakes.push(rest);
      else cleared.push(rest["k"] ?? null);
      if (name !== undefined) names.push({ s: rest["s"], ...(name as JsonObject) });
    }
  return {
    a: appends,
    ...(names.length > 0 ? { n: names } : {}),
    ...(wakes.length > 0 ? { k: wakes } : {}),
    ...(cleared.length > 0 ? { d: cleared } : {}),
  };
}
