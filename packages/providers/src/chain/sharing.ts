import { isBrainOpsError, type Clock, type PluginStorage } from "@brainops/core";
import { alarm } from "../time/clock.ts";
import type { Breaker } from "./breaker.ts";

/** Where several processes share what they know: the part of a plugin's storage that is needed. */
export type SharedState = Pick<PluginStorage, "get" | "put">;

/** What the processes tell each other about one model. */
interface Note {
  readonly until: number;
  readonly openings: number;
  /** Until when a probe that one of them makes keeps the others from making one. */
  readonly probeUntil: number;
}

/** Shares breakers between processes. */
export interface Sharing {
  /** Which breakers are to hear what the others found out. */
  watch(breakers: ReadonlyMap<string, Breaker>): void;
  /** Writes a change down for the others. */
  tell(model: string, until: number, openings: number): void;
  /** Reads what the others wrote, at most once a second and in the background: no call waits for it. */
  refresh(): void;
  /** Asks for the right to probe: of all processes one gets it. */
  claim(model: string): Promise<boolean>;
}

const refreshMs = 1_000;
/** A store that hangs must not hold a call for longer. */
const patienceMs = 2_000;
/** A process that dies in the middle of a probe must not keep the others from it for long. */
const probeMs = 30_000;

/** Makes the sharing of one chain. A store that cannot be reached never fails a call: each process then knows its own. */
export function sharing(chain: string, state: SharedState, clock: Clock): Sharing {
  let watched: ReadonlyMap<string, Breaker> = new Map();
  let last = -Infinity;
  const key = (model: string): string => `breaker/${chain}/${model}`;
  const read = async (model: string): Promise<{ note: Note; version: number }> => {
    const stored = await state.get(key(model));
    const value = (stored?.value ?? {}) as Partial<Note>;
    const note = { until: value.until ?? 0, openings: value.openings ?? 0, probeUntil: value.probeUntil ?? 0 };
    return { note, version: stored?.version ?? 0 };
  };
  const write = async (model: string, change: (note: Note) => Note | undefined): Promise<boolean> => {
    for (;;) {
      const { note, version } = await read(model);
      const next = change(note);
      if (next === undefined) return false;
      try {
        await state.put(key(model), { ...next }, version);
        return true;
      } catch (error) {
        // Another was faster: what it wrote is looked at before anything is written over it.
        if (!isBrainOpsError(error, "conflict")) throw error;
      }
    }
  };
  return {
    watch(breakers) {
      watched = breakers;
    },
    tell(model, until, openings) {
      const note = { until, openings, probeUntil: 0 };
      void write(model, (old) => (until !== 0 && old.until > until ? undefined : note)).catch(() => undefined);
    },
    refresh() {
      if (clock.now() - last < refreshMs) return;
      last = clock.now();
      for (const [model, breaker] of watched) {
        void read(model).then(
          ({ note, version }) => (version > 0 ? breaker.adopt(note.until, note.openings) : undefined),
          () => undefined,
        );
      }
    },
    async claim(model) {
      const now = clock.now();
      const claimed = write(model, (old) => {
        // Another process has closed it, found it still ill, or is finding out.
        if (old.until > now || old.probeUntil > now) return undefined;
        return { ...old, probeUntil: now + probeMs };
      }).catch(() => true);
      const late = Promise.withResolvers<boolean>();
      const off = alarm(clock, patienceMs, () => late.resolve(true));
      return await Promise.race([claimed, late.promise]).finally(off);
    },
  };
}
