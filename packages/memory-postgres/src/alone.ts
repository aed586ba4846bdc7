import type { Commit, Write } from "@brainops/core";
import { nameOf, rememberStream, type Context } from "./context.ts";
import { sealFrame } from "./frames.ts";
import type { Argument } from "./function-call.ts";
import { int } from "./handle.ts";
import { sealStreamName, sealWake } from "./named.ts";
import { nameLock } from "./sql/locks.ts";

type Wake = Extract<Write, { type: "wake" }>;

/**
 * Commits by a shorter way what comes alone and is what runs commit nearly always: one append to the end of an owned stream, with
 * wakes of which one is set at most. Its parts go as values of their own, not as JSON that the server takes apart. `undefined`
 * when it is something else or does not fit: nothing was done then, and the long way says why.
 */
export async function commitAlone(
  context: Context,
  { id, writes }: Commit,
  patience: number,
): Promise<number | undefined> {
  const [append, ...others] = writes;
  if (append?.type !== "append" || append.expectedPosition === undefined || append.entries.length === 0)
    return undefined;
  const wakes = wakesIn(others);
  if (wakes === undefined) return undefined;
  const { entries, texts, expectedPosition: position } = append;
  const stream = nameOf(context, "stream", append.stream);
  const commit = nameOf(context, "commit", id);
  const sealed = sealFrame(context, { stream, position, part: undefined, commit, entries, texts });
  const values = [stream, position, entries.length, commit, sealed, context.storeKey];
  const named = position > 0 || context.streams.has(stream) ? undefined : append.stream;
  const asked =
    named === undefined && wakes.length === 0
      ? context.db.call("append_only_1", values)
      : context.db.call("append_with_wakes_1", [
          ...values,
          Math.max(1, patience),
          ...beside(context, stream, named, wakes),
        ]);
  // The server is at work now, and this process has nothing to do before it answers.
  context.sealer.prepare(context.storeKey);
  const answer = await asked;
  if (answer === null) return undefined;
  if (named !== undefined) rememberStream(context, stream);
  return int(answer);
}

/** The wakes that writes are; `undefined` when they are something else, or more than the server's function takes. */
function wakesIn(writes: readonly Write[]): readonly Wake[] | undefined {
  let set = 0;
  for (const write of writes) {
    if (write.type !== "wake") return undefined;
    if (write.at !== null) set++;
  }
  // Of two under one key the later counts.
  const isClear = set === 0 || (set === 1 && writes.length === 1);
  return isClear ? (writes as readonly Wake[]) : undefined;
}

/** The locks, the name of a stream that begins, and the wakes, as the server's function takes them. */
function beside(
  context: Context,
  stream: string,
  named: string | undefined,
  wakes: readonly Wake[],
): readonly Argument[] {
  const name = named === undefined ? undefined : sealStreamName(context, stream, named);
  const kept = wakes.map((wake) => sealWake(context, wake));
  const set = kept.find(({ at }) => at !== undefined);
  const cleared = kept.filter(({ at }) => at === undefined).map((wake) => wake.name);
  const locks = new Set([...(name === undefined ? [] : [stream]), ...kept.map((wake) => wake.name)].map(nameLock));
  return [
    list([...locks].sort((a, b) => a - b)),
    name?.body ?? null,
    name === undefined ? null : list(name.tokens),
    cleared.length === 0 ? null : list(cleared),
    set?.name ?? null,
    set?.at ?? null,
    set?.queue ?? null,
    set?.lane ?? null,
    set?.body ?? null,
  ];
}

const list = (values: readonly (string | number)[]): string => `{${values.join()}}`;
