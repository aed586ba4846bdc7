import type { Clock } from "../contracts/clock.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Entry } from "../contracts/journal.ts";
import type { Json } from "../contracts/json.ts";
import type { Store } from "../contracts/store.ts";
import { encode } from "../journal/canonical.ts";
import { uuid7 } from "../journal/random.ts";
import type { InboxItem } from "../run/inbox.ts";
import { readSnapshot, type Snapshot } from "../run/snapshot.ts";
import {
  answeredAlready,
  codeOf,
  ending,
  leaveItem,
  readJournal,
  requireJournal,
  requireStart,
  unasked,
} from "./journals.ts";
import { aboutRun, inboxKey, queueOf } from "./leases.ts";
import type { Runs } from "./run-options.ts";

/** Leaves answers and signals for runs, wherever they run; `left` is told of the run. */
export function createMessages(
  store: Store,
  clock: Clock,
  parts: { now(): number; left(run: string): Promise<unknown> },
): Pick<Runs, "answer" | "signal"> {
  /** What is left, and that somebody look, are one commit. */
  async function leave(id: string, item: InboxItem, known?: Recent): Promise<void> {
    const started = await requireStart(store, id);
    const { entries, snapshot } = known ?? (await recent(id));
    const last = entries.at(-1);
    if (last !== undefined && ending(last) !== undefined)
      throw new BrainOpsError("conflict", `Run '${id}' has ended already; nothing was left for it.`, {
        details: { run: id },
      });
    const named = { ...started, ...codeOf({ started, entries, ...(snapshot === undefined ? {} : { snapshot }) }) };
    const about = { data: aboutRun(named), queue: queueOf(named, "due") };
    const wake = { type: "wake" as const, key: inboxKey(id), at: parts.now(), ...about };
    await leaveItem(store, id, item, uuid7(clock.now()), wake);
    await parts.left(id);
  }

  /** What the journal says since the snapshot. */
  async function recent(id: string): Promise<Recent> {
    const snapshot = await readSnapshot(store, id);
    return { entries: await readJournal(store, id, snapshot?.end.position), snapshot };
  }

  /** What the journal says of a question. One that is open was put since the snapshot, so most often that is enough. */
  async function about(id: string, question: string, { entries }: Recent): Promise<{ asked?: Asked; woken?: boolean }> {
    const isOf = (entry: Entry): boolean => "wait" in entry && entry.wait === question;
    const said = entries.some(isOf) ? entries : await requireJournal(store, id);
    const asked = said.find((entry) => isQuestion(entry, question));
    const woken = said.some((entry) => entry.type === "woken" && isOf(entry) && !entry.expired);
    return asked === undefined ? { woken } : { asked, woken };
  }

  return {
    async answer(id, question, value, by) {
      const known = await recent(id);
      const { asked, woken = false } = await about(id, question, known);
      if (asked === undefined) throw unasked(id, question);
      // Of a fork, or of a run that was taken in, the journal alone knows it.
      if (woken) throw answeredAlready(id, question);
      checkApprover(asked, by);
      checkTime(asked, clock.now());
      checkAnswer(asked.body?.options, value);
      const from = by === undefined ? {} : { by };
      const answer = encode(value, "An answer").json;
      await leave(id, { type: "answer", wait: question, value: answer, given: clock.now(), ...from }, known);
    },
    async signal(id, name, value, by) {
      const from = by === undefined ? {} : { by };
      await leave(id, { type: "signal", name, value: encode(value, "A signal's value").json, ...from });
    },
  };
}

/** What the journal says since the snapshot. */
interface Recent {
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | undefined;
}

type Asked = Extract<Entry, { type: "waiting" }>;

/** Whether an entry puts the question of that id. */
export function isQuestion(entry: Entry, question: string): entry is Asked {
  return entry.type === "waiting" && entry.for === "answer" && entry.wait === question;
}

/** A question for certain people takes no answer from others. */
export function checkApprover({ wait, approvers }: Asked, by: string | undefined): void {
  if (approvers === undefined || (by !== undefined && approvers.includes(by))) return;
  throw new BrainOpsError(
    "denied",
    `'${wait}' can be answered by ${approvers.join(", ")} only, not by ${by ?? "nobody in particular"}. Nothing was answered.`,
    { details: { question: wait } },
  );
}

/** A question whose time is over takes no answer, also while no process is there to say so. */
function checkTime({ wait, until }: Asked, now: number): void {
  if (until === undefined || now < until) return;
  throw new BrainOpsError(
    "timeout",
    `The time for an answer to '${wait}' was over at ${new Date(until).toISOString()}. Nothing was answered.`,
    { details: { question: wait, until } },
  );
}

/** A question with options takes one of them; a doubt also takes what was done. */
export function checkAnswer(options: Json | undefined, value: Json): void {
  if (!Array.isArray(options) || options.includes(value)) return;
  if (typeof value === "object" && value !== null && "done" in value) return;
  throw new BrainOpsError("invalid_input", `The answer must be one of: ${options.join(", ")}. Nothing was answered.`);
}
