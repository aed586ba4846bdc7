import type { Brain, BrainEvent, Divergence, Entry, Json, RunResult, Store } from "../index.ts";
import { createBrain } from "../index.ts";
import { faultyStore, memoryStore, virtualClock, type CommitFate } from "../testing/index.ts";
import { build, valueOf, type Part } from "./simulation-graph.fixture.ts";

/** How a run is disturbed. */
export interface Plan {
  readonly fates: readonly CommitFate[];
  /** After how many commits each of the letters that are expected is left, and by which process. */
  readonly letters: readonly { readonly after: number; readonly by: "owner" | "another" }[];
  /** At which turns of the event loop time is moved on, whatever else there is to do. */
  readonly hurry: readonly boolean[];
  /** How often time is moved on, where nothing else happens, before what is waited for is left. */
  readonly late: number;
}

/** Nothing goes wrong, and what is waited for comes at once. */
export const calm: Plan = { fates: [], letters: [], hurry: [], late: 0 };

/** A signal, by its name, or the answer to a question, by its id. */
export interface Letter {
  readonly for: "signal" | "answer";
  readonly to: string;
  readonly value: string;
}

/** What happened outside, by idempotency key, over all lives of a run. */
export interface Outside {
  readonly times: Map<string, number>;
  /** Effects that a listener was told, or the store held after a death, to be done. */
  readonly finished: Set<string>;
  /** Finished effects that were done again. */
  readonly repeated: string[];
}

/** What a run came to. */
export interface Ran {
  readonly result: RunResult;
  readonly journal: readonly Entry[];
  readonly outside: Outside;
  readonly memories: readonly string[];
  /** Where a replay parts from the journal. */
  readonly parted: Divergence | undefined;
}

type Waiting = Extract<Entry, { type: "waiting" }>;

/** What is to be left for a wait. */
function letterFor({ wait, for: what, body }: Waiting): Letter | undefined {
  const { signal, text } = body;
  if (what === "signal" && signal !== undefined) return { for: what, to: signal, value: valueOf(signal) };
  return what === "answer" && text !== undefined ? { for: what, to: wait, value: valueOf(text) } : undefined;
}

/** The letters that a journal says were waited for. */
export function lettersOf(journal: readonly Entry[]): readonly Letter[] {
  const letters = journal.flatMap((entry) => (entry.type === "waiting" ? (letterFor(entry) ?? []) : []));
  return letters.filter(({ to }, index) => to === "shared" || letters.findIndex((one) => one.to === to) === index);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** So many turns of the event loop without a commit, and nothing but time and letters can help. */
const idleTurns = 10;
const mostTurns = 5000;
const look: Letter = { for: "signal", to: "nobody waits for this", value: "look" };

/** Runs a generated graph to its end, with a new process after each crash. */
export async function runToEnd(parts: readonly Part[], plan: Plan, expected: readonly Letter[]): Promise<Ran> {
  const outside: Outside = { times: new Map(), finished: new Set(), repeated: [] };
  const disk = memoryStore();
  const held = await disk.open();
  const clock = virtualClock();
  const another = await createBrain({ store: disk, clock });
  const due = plan.letters.flatMap((moment, index) => {
    const letter = expected[index];
    return letter === undefined ? [] : [{ ...moment, letter, number: `due ${index}` }];
  });
  let [commits, turns, left, waited] = [0, 0, 0, 0];

  /** Lives until the run is over; `undefined` when the process dies before. */
  async function live(brain: Brain, first: Promise<RunResult>): Promise<RunResult> {
    let settled: { readonly result: RunResult } | { readonly error: unknown } | undefined;
    const go = (going: Promise<RunResult>): void =>
      void going.then(
        (result) => (settled = { result }),
        (error: unknown) => (settled = { error }),
      );
    go(first);
    for (let idle = 0, seen = commits; ; idle = seen === commits ? idle + 1 : 0, seen = commits) {
      await turn();
      for (const one of due.filter(({ after }) => after <= commits)) {
        const done = await leave(held, one.by === "owner" ? brain : another, one.letter, one.number);
        if (done) due.splice(due.indexOf(one), 1);
        else Object.assign(one, { after: commits + 1 });
      }
      if (plan.hurry[turns++] === true) await clock.next();
      if (turns > mostTurns) throw new Error("It does not come to an end.");
      if (settled !== undefined) {
        if ("error" in settled) throw settled.error;
        const { result } = settled;
        if (result.status !== "waiting") return result;
        settled = undefined;
        await help(another);
        go(brain.resume("r"));
      } else if (idle >= idleTurns) {
        if (waited++ >= plan.late || !(await clock.next())) await help(brain);
        idle = 0;
      }
    }
  }

  /** Leaves what is waited for; where there is nothing, or it cannot be left, time must help. */
  async function help(by: Brain): Promise<void> {
    waited = 0;
    const number = `wanted ${left++}`;
    // What another process has left is seen when something comes here, or at the next beat, which is of real time.
    const wanted = (await wantedOf(held)) ?? look;
    if (!(await leave(held, by, wanted, number)) || wanted === look) await clock.next();
  }

  for (;;) {
    const life = { dead: false };
    const happens = (key: string, undone: boolean): void => {
      if (life.dead) return;
      outside.times.set(key, undone ? 0 : (outside.times.get(key) ?? 0) + 1);
      if (outside.finished.has(key)) outside.repeated.push(key);
    };
    const finish = (entry: Entry): void => {
      const key = keyOf(entry);
      if (key !== undefined && !life.dead) outside.finished.add(key);
    };
    const store = faultyStore(disk, () => plan.fates[commits++] ?? "ok");
    void store.crashed.then(() => (life.dead = true));
    const graph = build(parts, happens);
    const listener = (event: BrainEvent): void => void (event.type === "entry" && finish(event.entry));
    const brain = await createBrain({ store, clock, graphs: [graph], listeners: [listener] });
    const before = await journalOf(held);
    before.forEach(finish);
    const first = before.length > 0 ? brain.resume("r") : brain.run(graph, {}, { id: "r" });
    const result = await Promise.race([store.crashed.then(() => undefined), live(brain, first)]);
    if (result === undefined) continue;
    const journal = await brain.journal("r");
    const { equal, divergence } = await brain.replay({ run: "r" });
    const memories = (await brain.store.find({ scope: "main" }))
      .map(({ record }) => `${record.id.slice(14)} ${record.text}`)
      .toSorted();
    await brain.close();
    await another.close();
    return { result, journal, outside, memories, parted: equal ? undefined : divergence };
  }
}

/** The key under which a finished effect was done, when it changes the outside. */
function keyOf(entry: Entry): string | undefined {
  if (entry.type !== "effect-completed" || entry.class === "pure") return undefined;
  return `r${entry.path}/${entry.node}#${entry.visit}/${entry.call}/${entry.name}`;
}

async function journalOf(store: Store): Promise<readonly Entry[]> {
  return (await store.read("journal/r")).map(({ entry }) => entry as unknown as Entry);
}

type Left = { readonly type: string; readonly name?: string; readonly wait?: string; readonly by?: string };

async function inboxOf(store: Store): Promise<readonly Left[]> {
  return (await store.read("inbox/r")).map(({ entry }) => entry as Left & Json);
}

/** Leaves a letter, unless it is there from before a crash. Says whether it is there. */
async function leave(held: Store, by: Brain, letter: Letter, number: string): Promise<boolean> {
  if ((await inboxOf(held)).some((item) => item.by === number)) return true;
  const { for: what, to } = letter;
  // After a race, a call may be another one than it was in the run that told of it.
  const asked = (await journalOf(held)).find((entry) => entry.type === "waiting" && entry.wait === to);
  const { value } = (asked?.type === "waiting" && letterFor(asked)) || letter;
  const leaving = what === "signal" ? by.signal("r", to, value, number) : by.answer("r", to, value, number);
  // There is no run yet, or it is over; it has not asked yet, has its answer, or asks no more.
  return leaving.then(
    () => true,
    () => false,
  );
}

/** What a run waits for, and nobody has left yet. */
async function wantedOf(held: Store): Promise<Letter | undefined> {
  const journal = await journalOf(held);
  const inbox = await inboxOf(held);
  const taken = new Set(journal.flatMap((entry) => (entry.type === "woken" ? [entry.inbox, entry.wait] : [])));
  const over = new Set(journal.flatMap((entry) => (entry.type === "node-completed" ? [placeOf(entry)] : [])));
  const isThere = ({ for: what, to }: Letter): boolean =>
    inbox.some((item, index) => !taken.has(index) && (what === "signal" ? item.name : item.wait) === to);
  for (const entry of journal) {
    if (entry.type !== "waiting" || taken.has(entry.wait) || over.has(placeOf(entry))) continue;
    const letter = letterFor(entry);
    if (letter !== undefined && !isThere(letter)) return letter;
  }
  return undefined;
}

const placeOf = ({ path, node, visit }: { path: string; node: string; visit: number }): string =>
  `${path}/${node}#${visit}`;
