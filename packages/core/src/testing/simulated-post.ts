import type { Brain } from "../brain/brain.ts";
import { systemClock } from "../brain/system-clock.ts";
import type { Clock } from "../contracts/clock.ts";
import { isBrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import type { Question } from "../contracts/node.ts";
import type { Store } from "../contracts/store.ts";
import type { OpenWait } from "../run/inbox.ts";
import { inboxStream } from "../run/writer.ts";

/** An answer to a wait, by its id, or a signal, by its name. */
export interface Letter {
  readonly for: "answer" | "signal";
  readonly to: string;
  readonly value: Json;
}

/** A letter that is left once there were so many commits, at the earliest. */
export interface Moment {
  readonly letter: Letter;
  readonly after: number;
}

/** Leaves answers and signals for a simulated run, each once, whatever crashes. */
export interface Post {
  /** A process begins: it leaves what is due, and learns what was left before. */
  begin(brain: Brain, store: Store): Promise<void>;
  /** There was a commit. */
  committed(): void;
  /** Leaves what a run that rests waits for; says whether there was something. */
  leave(waits: readonly OpenWait[]): Promise<boolean>;
  end(): void;
  told(): { readonly letters: readonly Letter[]; readonly commits: number; readonly early: number };
}

/** Makes the post of one run, which is called `run`. */
export function createPost(
  moments: readonly Moment[],
  {
    answer = () => "yes",
    signal = () => null,
  }: {
    readonly answer?: (question: Question) => Json | undefined;
    readonly signal?: (name: string) => Json | undefined;
  },
): Post {
  const letters: Letter[] = [];
  let due = [...moments];
  let left = new Map<string, number>();
  let underWay = new Set<Promise<void>>();
  let [brain, commits, early]: [Brain | undefined, number, number] = [undefined, 0, 0];

  const count = (name: string): number => left.get(name) ?? 0;

  function letterFor(wait: OpenWait): readonly Letter[] {
    if (wait.for === "time") return [];
    const { for: what, id, signal: name = "" } = wait;
    const value = what === "answer" ? answer(wait as Question) : signal(name);
    return value === undefined ? [] : [{ for: what, to: what === "answer" ? id : name, value }];
  }

  async function put({ for: what, to, value }: Letter): Promise<void> {
    if (what === "signal") return brain?.signal("run", to, value);
    await brain?.answer("run", to, value).catch((error: unknown) => {
      if (!isBrainOpsError(error, "already_answered")) throw error;
    });
  }

  /** Leaves what is due while the run goes on; a question that is not asked yet, or a run that is not there, has to wait. */
  function leaveEarly(): void {
    const now = due.filter(({ after }) => after <= commits);
    due = due.filter((moment) => !now.includes(moment));
    for (const moment of now) {
      const putting = put(moment.letter).then(
        () => void early++,
        (error: unknown) => {
          if (isBrainOpsError(error, "not_found")) due.push({ ...moment, after: commits + 1 });
          else if (!isBrainOpsError(error, "conflict")) throw error;
        },
      );
      underWay.add(putting);
    }
  }

  return {
    async begin(next, store) {
      [brain, underWay] = [next, new Set()];
      const inbox = (await store.read(inboxStream("run"))) as readonly { entry: Json }[];
      left = new Map();
      for (const { entry } of inbox) {
        const { type, name } = entry as { type: string; name?: string };
        if (type === "signal" && name !== undefined) left.set(name, count(name) + 1);
      }
      // Of each signal, as many as are in the inbox were left, whatever its process came to know of it.
      const seen = new Map<string, number>();
      due = moments.filter(({ letter }) => {
        const number = (seen.get(letter.to) ?? 0) + 1;
        seen.set(letter.to, number);
        return letter.for === "answer" || number > count(letter.to);
      });
    },
    committed() {
      commits++;
      if (brain !== undefined) leaveEarly();
    },
    async leave(waits) {
      const before = early;
      await Promise.all(underWay);
      underWay.clear();
      // It has rested before it came, and is not to be left another.
      if (early > before) return true;
      const [letter] = waits.flatMap(letterFor);
      if (letter === undefined) return false;
      letters.push(letter);
      const instead = due.findIndex((moment) => moment.letter.to === letter.to);
      if (instead >= 0) due.splice(instead, 1);
      await put(letter);
      return true;
    },
    end() {
      brain = undefined;
    },
    told: () => ({ letters, commits, early }),
  };
}

/** The machine's clock, which can be moved on to a time. */
export interface MovableClock extends Clock {
  moveTo(time: number): void;
}

/** Makes one. */
export function movableClock(): MovableClock {
  let ahead = 0;
  const now = (): number => systemClock.now() + ahead;
  return { now, sleep: systemClock.sleep, moveTo: (time) => void (ahead += Math.max(0, time - now())) };
}
