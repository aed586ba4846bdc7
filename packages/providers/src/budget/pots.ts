import { isBrainOpsError, type Clock, type PluginStorage } from "@brainops/core";

/** Tokens and US dollars. */
export interface Amount {
  /** Input and output tokens together. */
  readonly tokens: number;
  /** US dollars. */
  readonly usd: number;
}

/** Where processes share what was spent: the part of a plugin's storage that is needed. */
export type SharedPots = Pick<PluginStorage, "get" | "put" | "list">;

/** What was spent for one purpose, and what is put aside for it now. */
export interface Pot {
  spent(): Amount;
  /** Spent and put aside. */
  held(): Amount;
  hold(amount: Amount): void;
  /** Gives back what was put aside, and books what was really used. */
  release(amount: Amount, booked: Amount | undefined): void;
}

/** All pots of a budget. */
export interface Pots {
  /** The pot under a key; one that is new is empty. */
  pot(key: string): Pot;
  /** A pot of nobody else. */
  loose(): Pot;
  load(): Promise<void>;
}

const prefix = "budget/";
/** How old what is known of other processes' spending may get before it is read again. */
const freshMs = 1_000;

/** Runs and days end, but nobody says so: the oldest pots that hold nothing go. */
const mostPots = 10_000;

/** Keeps the pots of a budget, and writes what was spent to where it is shared. */
export function pots(shared: SharedPots | undefined, clock: Clock): Pots {
  const known = new Map<string, Entry>();

  const add = async (entry: Entry, key: string): Promise<void> => {
    if (shared === undefined || entry.writing) return;
    entry.writing = true;
    try {
      while (entry.unsaved.tokens !== 0 || entry.unsaved.usd !== 0) {
        const part = entry.unsaved;
        const stored = await shared.get(prefix + key);
        const total = plus((stored?.value ?? none) as unknown as Amount, part);
        try {
          await shared.put(prefix + key, { ...total }, stored?.version ?? 0);
        } catch (error) {
          // Another process was faster: its sum is read and added to.
          if (isBrainOpsError(error, "conflict")) continue;
          throw error;
        }
        entry.writes += 1;
        entry.unsaved = plus(entry.unsaved, part, -1);
        entry.total = plus(total, entry.unsaved);
      }
    } catch {
      // Spending is still counted here, and is written with the next.
    } finally {
      entry.writing = false;
    }
  };

  /** Reads what others have spent, in the background: no call waits for it. */
  const refresh = async (entry: Entry, key: string): Promise<void> => {
    if (shared === undefined || entry.writing || clock.now() - entry.readAt < freshMs) return;
    entry.readAt = clock.now();
    const before = entry.writes;
    const stored = await shared.get(prefix + key).catch(() => undefined);
    // What was written meanwhile is newer than what was read.
    if (stored === undefined || entry.writing || entry.writes !== before) return;
    entry.total = plus(stored.value as unknown as Amount, entry.unsaved);
  };

  const open = (entry: Entry, key: string | undefined): Pot => ({
    spent: () => entry.total,
    held: () => plus(entry.total, entry.aside),
    hold(amount) {
      entry.aside = plus(entry.aside, amount);
    },
    release(amount, booked) {
      entry.aside = plus(entry.aside, amount, -1);
      if (booked === undefined) return;
      entry.total = plus(entry.total, booked);
      if (key === undefined) return;
      entry.unsaved = plus(entry.unsaved, booked);
      void add(entry, key);
    },
  });

  return {
    pot(key) {
      let entry = known.get(key);
      if (entry === undefined) {
        entry = empty();
        known.set(key, entry);
        if (known.size > mostPots) {
          const [oldest] = [...known].find(([, one]) => one.aside.tokens === 0 && one.unsaved.tokens === 0) ?? [];
          if (oldest !== undefined && oldest !== key) known.delete(oldest);
        }
      }
      void refresh(entry, key);
      return open(entry, key);
    },
    loose: () => open(empty(), undefined),
    async load() {
      for (const { key, value } of (await shared?.list(prefix)) ?? []) {
        const entry = known.get(key.slice(prefix.length)) ?? empty();
        entry.total = plus(value as unknown as Amount, entry.unsaved);
        known.set(key.slice(prefix.length), entry);
      }
    },
  };
}

interface Entry {
  total: Amount;
  aside: Amount;
  unsaved: Amount;
  writing: boolean;
  /** How often it was written, and when it was last read. */
  writes: number;
  readAt: number;
}

const none: Amount = { tokens: 0, usd: 0 };
const empty = (): Entry => ({
  total: none,
  aside: none,
  unsaved: none,
  writing: false,
  writes: 0,
  readAt: -Infinity,
});

/** Adds; with -1 it takes away. Dollars are rounded to a billionth, so that nothing creeps in over many calls. */
function plus(a: Amount, b: Amount, sign: 1 | -1 = 1): Amount {
  return { tokens: a.tokens + sign * b.tokens, usd: Math.round((a.usd + sign * b.usd) * 1e9) / 1e9 };
}
