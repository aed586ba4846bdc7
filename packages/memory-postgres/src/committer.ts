import { BrainOpsError, isBrainOpsError, type Commit, type Committed } from "@brainops/core";
import { commitAlone } from "./alone.ts";
import { nameOf, rememberStream, withKeys, type Context } from "./context.ts";
import { encodeMember, type Encoded } from "./encode.ts";
import { storeError } from "./errors.ts";
import { cutLongTexts } from "./long-texts.ts";
import { lookFor } from "./look.ts";
import { gatherBodies, gatherLocks, type Member, type Outcome } from "./member.ts";
import { findPlain, plainJson } from "./plain.ts";
import { forgetScope } from "./scopes.ts";

/** Takes commits, and lets those that come at the same time share a transaction. */
export interface Committer {
  commit(commit: Commit): Promise<Committed>;
  /** Resolves when everything that was handed in is settled. */
  drain(): Promise<void>;
}

/** So many commits share a transaction at most. A transaction has room for 1,024 positions. */
const mostMembers = 500;
/** So many turns of the microtask queue without a newcomer, and a transaction begins. */
const calmTurns = 4;
/** So often a commit is sealed anew because what was known of the store was out of date. */
const mostStale = 100;

/** So long, in milliseconds, locks are waited for once they were waited for in vain. */
const briefly = 50;

/** What the server says when a commit that was thought plain does not fit. */
const doesNotFit = "BR001";

interface Sent {
  readonly member: Member;
  readonly encoded: Encoded;
}

/** Makes the committer of a store. `patience` is how long locks may be waited for, in milliseconds. */
export function makeCommitter(context: Context, patience: number, onCommitted: (commit: Commit) => void): Committer {
  let queue: Member[] = [];
  let pumping: Promise<void> | undefined;
  let shared = false;

  const gather = async (): Promise<void> => {
    // Runs that go side by side come back for their next commit within the same turn of the event loop.
    if (shared) await new Promise((resolve) => setImmediate(resolve));
    for (let calm = 0, seen = 0; calm < calmTurns && queue.length < mostMembers; calm++) {
      await Promise.resolve();
      if (queue.length !== seen) calm = 0;
      seen = queue.length;
    }
  };
  const pump = async (): Promise<void> => {
    while (queue.length > 0) {
      await gather();
      const batch = queue.slice(0, mostMembers);
      queue = queue.slice(mostMembers);
      shared = batch.length > 1;
      await settle(batch, patience);
    }
    pumping = undefined;
  };
  const settle = async (batch: readonly Member[], wait: number): Promise<void> => {
    try {
      const [only] = batch;
      const position = batch.length === 1 && only ? await commitAlone(context, only.commit, wait) : undefined;
      if (position !== undefined) only?.resolve({ position });
      else await withKeys(context, () => send(batch, wait));
    } catch (error) {
      // What broke the whole transaction (a full disk, say) may be one member's fault: each gets a try of its own.
      const alone = batch.length === 1 || isBrainOpsError(error, "store_unavailable");
      if (alone || isBrainOpsError(error, "commit_unknown")) for (const member of batch) member.reject(error);
      // The group has waited for locks as long as may be: no member waits as long again.
      else for (const member of batch) await settle([member], isBrainOpsError(error, "store_busy") ? briefly : wait);
    }
  };
  const send = async (batch: readonly Member[], wait: number): Promise<void> => {
    try {
      // For one alone the long way is the shorter.
      await sendGroup(batch, wait, batch.length > 1 ? findPlain(batch) : new Set());
    } catch (error) {
      if (!isBrainOpsError(error) || error.details["state"] !== doesNotFit) throw error;
      await sendGroup(batch, wait, new Set());
    }
  };
  const sendGroup = async (batch: readonly Member[], wait: number, together: ReadonlySet<Member>): Promise<void> => {
    const looked = await lookFor(
      context,
      batch.map(({ commit }) => commit),
    );
    const tokensOf = await cutLongTexts(context, batch, looked);
    const [bodies, locks] = [gatherBodies(), gatherLocks()];
    const sealedBy = context.storeKey;
    const [each, plain]: [Sent[], Sent[]] = [[], []];
    for (const member of batch) {
      try {
        const encoded = encodeMember(context, member, looked, { bodies, locks, tokensOf });
        (together.has(member) ? plain : each).push({ member, encoded });
      } catch (error) {
        member.reject(error);
      }
    }
    if (each.length + plain.length === 0) return;
    const answer = (await context.db.call("commit_1", [
      JSON.stringify(plainJson(plain.map(({ encoded }) => encoded.json))),
      JSON.stringify(each.map(({ encoded }) => encoded.json)),
      bodies.all(),
      Math.max(1, wait),
      sealedBy,
      JSON.stringify(locks.json()),
    ])) as string;
    const { o: outcomes, p: first } = JSON.parse(answer) as { readonly o: readonly Outcome[]; readonly p: number };
    for (const [i, { member, encoded }] of each.entries()) conclude(member, encoded, outcomes[i] ?? {});
    for (const [i, { member, encoded }] of plain.entries()) conclude(member, encoded, { p: first + i });
  };
  const conclude = (
    member: Member,
    { explain }: Encoded,
    { p: position, e: code, w: write, m: found }: Outcome,
  ): void => {
    const { commit, resolve, reject } = member;
    if (position !== undefined) {
      learnFrom(context, commit);
      onCommitted(commit);
      resolve({ position });
    } else if (code === "BR000") {
      for (const path of scopesOf(commit)) forgetScope(context, path, false);
      if (++member.stale > mostStale) reject(storeError("store_busy", context.s));
      else queue.unshift(member);
    } else if (code === "55P03") reject(storeError("store_busy", context.s));
    else reject(explain[write ?? 0]?.(found ?? "") ?? new BrainOpsError("conflict", "A precondition did not hold."));
  };
  return {
    commit: (commit) =>
      new Promise((resolve, reject) => {
        queue.push({ commit, resolve, reject, stale: 0 });
        pumping ??= pump();
      }),
    async drain() {
      while (pumping !== undefined) await pumping;
    },
  };
}

/** Remembers which streams have their names, and forgets scopes that are gone. */
function learnFrom(context: Context, { writes }: Commit): void {
  for (const write of writes) {
    if (write.type === "append" && write.entries.length > 0)
      rememberStream(context, nameOf(context, "stream", write.stream));
    else if (write.type === "erase" && write.scope !== undefined)
      for (const path of context.scopes.keys())
        if (path === write.scope || path.startsWith(`${write.scope}/`)) forgetScope(context, path, true);
  }
}

function scopesOf({ writes }: Commit): string[] {
  return writes.flatMap((write) =>
    write.type === "record" ? [write.record.scope] : write.type === "blob" ? [write.scope] : [],
  );
}
