import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../contracts/clock.ts";
import { isBrainOpsError } from "../contracts/error.ts";
import type { Link, MemoryRecord } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import { behindAny } from "./behind.ts";
import { frameOf, isFault, isMergeable, putTogether } from "./frame.ts";

/** So often it is looked again when others remember the same fault at the same time. */
const mostTries = 100;
/** So many errors of one fingerprint are looked at, the newest first. */
const mostLookedAt = 50;

/**
 * Commits a new record with its arrows, and gives its id. An error whose fingerprint is known in its scope, and about which nothing
 * else differs but its text, is counted there at once, and the id is that of the error that is known.
 */
export async function rememberIn(
  store: Store,
  clock: Pick<Clock, "now">,
  record: MemoryRecord,
  links: readonly Omit<Link, "from">[],
): Promise<string> {
  // An arrow from an error that was known before is drawn now, not when that was recorded.
  const from = (id: string): Write[] =>
    links.map((link) => ({
      type: "link",
      link: { from: id, ...link, ...(id === record.id ? {} : { createdAt: record.createdAt }) },
    }));
  for (let tries = 1; ; tries++) {
    const known = isFault(record) && isMergeable(record) ? await lookFor(store, record) : undefined;
    const [id, writes] =
      known === undefined
        ? [record.id, [{ type: "record", record } as const]]
        : known.error === undefined
          ? [record.id, [{ type: "record", record } as const, known.first]]
          : [known.error.id, [{ type: "record", record: counted(known.error, record) } as const]];
    try {
      await commitSurely(store, uuid7(clock.now()), [...writes, ...from(id)]);
      return id;
    } catch (error) {
      if (known === undefined || tries >= mostTries || !isBrainOpsError(error, "conflict")) throw error;
    }
    // Somebody else was faster. Of many who try again at once, one wins each time.
    await sleep(Math.random() * Math.min(tries, 20));
  }
}

interface Known {
  /** The same fault, as it is remembered. */
  readonly error: MemoryRecord | undefined;
  /** Lets only one of those in who are the first to remember it. It goes with the record. */
  readonly first: Write;
}

async function lookFor(store: Store, record: MemoryRecord): Promise<Known> {
  const { scope, fingerprint = "" } = record;
  const frame = frameOf(record);
  const key = `fault/${createHash("sha256").update(frame).digest("base64url")}`;
  const before = await store.document(key);
  const found = await store.find({ scope, kinds: ["error"], fingerprint }, { limit: mostLookedAt });
  const same = found.map((stored) => stored.record).filter((each) => isMergeable(each) && frameOf(each) === frame);
  const behind = await behindAny(
    store,
    same.map(({ id }) => id),
  );
  const error = same.filter(({ id }) => !behind.has(id)).at(-1);
  const first: Write = { type: "document", key, value: true, expectedVersion: before?.version ?? 0, record: record.id };
  return { error, first };
}

/** The known error, seen once more. What bears it out is kept. */
function counted(known: MemoryRecord, again: MemoryRecord): MemoryRecord {
  const next = putTogether([known, again]);
  const evidence = new Set([...(known.provenance.evidence ?? []), ...(again.provenance.evidence ?? [])]);
  if (evidence.size === 0) return next;
  return { ...next, provenance: { ...next.provenance, evidence: [...evidence].slice(-mostEvidence) } };
}

/** So much evidence a record may name. */
const mostEvidence = 1000;
