import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { isBrainOpsError, type Brain } from "@brainops/core";
import { readLedger, type Line } from "./cluster-check.ts";

/** Who gives the cluster its work, and answers its questions. */
export interface Feeder {
  /** The Brain by which it asks, which is another one after the store was set back. */
  readonly brain: Brain;
  /** Runs that have not ended, as far as is known. */
  readonly open: ReadonlySet<string>;
  /** How many effects in doubt were answered for. */
  readonly doubts: number;
  /** Submits all runs, keeping so many under way, and resolves when all have ended or it is told to give up. */
  feed(runs: readonly string[], underWay: number, givesUp: () => boolean): Promise<void>;
}

/** Asked again after so long without a word of a run. */
const quietMs = 4000;

/** Makes the feeder. It follows the ledger, and looks into the journals of runs that nobody has said anything about for long. */
export async function makeFeeder(openBrain: () => Promise<Brain>, ledger: string): Promise<Feeder> {
  let brain = await openBrain();
  const asked = new Set<string>();
  const open = new Set<string>();
  const heard = new Map<string, number>();
  const answered = new Set<string>();
  const follow = follower(ledger);
  let doubts = 0;

  async function look(): Promise<void> {
    const asking = new Set<string>();
    for (const { what, words } of follow()) {
      const [run, , , type] = words as string[];
      if (run === undefined || !open.has(run)) continue;
      if (what === "entry") heard.set(run, Date.now());
      if (what === "entry" && type === "run-completed") open.delete(run);
      if (what === "asks") asking.add(run);
    }
    for (const run of open) if (Date.now() - (heard.get(run) ?? 0) > quietMs) asking.add(run);
    for (const run of asking) await settle(run).catch(startAnew);
  }

  async function ask(run: string): Promise<void> {
    heard.set(run, Date.now());
    asked.add(run);
    open.add(run);
    await brain.submit("cluster", {}, { id: run });
    await brain.signal(run, "go");
  }

  /** When the store lacks what it had acknowledged, all that was ever asked for is asked for again. */
  async function startAnew(reason: unknown): Promise<void> {
    if (!isBrainOpsError(reason, "store_rolled_back")) return;
    await Promise.allSettled([brain.close()]);
    brain = await openBrain();
    answered.clear();
    for (const run of asked) await ask(run);
  }

  /** Tries until the server is there again. */
  async function surely(act: () => Promise<unknown>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await act();
        return;
      } catch (error) {
        if (tries === 50) throw error;
        await startAnew(error);
        await delay(200);
      }
    }
  }

  /** Answers what a run asks about an effect in doubt: the ledger knows whether it was done. */
  async function settle(run: string): Promise<void> {
    heard.set(run, Date.now());
    const journal = await brain.journal(run);
    if (/^run-(completed|failed|aborted)$/.test(journal.at(-1)?.type ?? "")) return void open.delete(run);
    const woken = new Set(journal.flatMap((entry) => (entry.type === "woken" ? [entry.wait] : [])));
    for (const entry of journal) {
      if (entry.type !== "waiting" || entry.for !== "answer" || woken.has(entry.wait)) continue;
      const name = `${run} ${entry.wait}`;
      if (answered.has(name)) continue;
      const key = (entry.body?.data as { readonly key?: string } | undefined)?.key ?? "";
      const done = readLedger(readFileSync(ledger, "utf8")).some(
        ({ what, words }) => what === "do" && words[0] === key,
      );
      await brain.answer(run, entry.wait, done ? { done: 1 } : "not done");
      answered.add(name);
      doubts++;
    }
  }

  return {
    open,
    get brain() {
      return brain;
    },
    get doubts() {
      return doubts;
    },
    async feed(runs, underWay, givesUp) {
      const left = [...runs];
      while ((left.length > 0 || open.size > 0) && !givesUp()) {
        const next = left.splice(0, Math.max(0, underWay - open.size));
        for (const run of next) await surely(() => ask(run));
        await look();
        await delay(100);
      }
    },
  };
}

/** Gives the whole lines that were added to a file since the last call. */
function follower(path: string): () => readonly Line[] {
  let place = 0;
  let rest = "";
  const buffer = Buffer.alloc(1 << 20);
  return () => {
    const file = openSync(path, "r");
    let text = rest;
    for (let read = readSync(file, buffer, 0, buffer.length, place); read > 0;) {
      text += buffer.toString("latin1", 0, read);
      place += read;
      read = readSync(file, buffer, 0, buffer.length, place);
    }
    closeSync(file);
    const end = text.lastIndexOf("\n") + 1;
    rest = text.slice(end);
    return readLedger(text.slice(0, end));
  };
}
