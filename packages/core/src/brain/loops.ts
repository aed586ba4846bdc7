import type { Clock } from "../contracts/clock.ts";
import { isBrainOpsError } from "../contracts/error.ts";
import type { JsonObject } from "../contracts/json.ts";
import type { Loop } from "../contracts/plugin.ts";
import type { Store } from "../contracts/store.ts";
import { uuid7 } from "../journal/random.ts";
import { commitSurely } from "../run/commit.ts";
import { missedRounds } from "./missed-rounds.ts";

/** The loops of a Brain. */
export interface Loops {
  start(): void;
  stop(): Promise<void>;
}

/** How rounds are run. */
export interface RoundRunner {
  start(graph: string, input: JsonObject, id: string): Promise<unknown>;
  /** Goes on with a round unless another process is at work on it. */
  goOn(id: string): Promise<unknown>;
}

const key = (loop: Loop): string => `loop/${loop.name}`;

/** Runs each loop's graph again and again, one round after the other. A failed round does not end its loop. */
export function createLoops(loops: ReadonlyMap<string, Loop>, store: Store, clock: Clock, runs: RoundRunner): Loops {
  const stopping = new AbortController();
  let turning: readonly Promise<void>[] = [];

  async function turn(loop: Loop): Promise<void> {
    const before = (await store.document(key(loop)))?.value as { readonly last: number } | undefined;
    let last = before?.last;
    const owed = last === undefined ? firstRounds(loop, clock.now()) : missedRounds(loop, last, clock.now());
    for (const time of owed) {
      if (stopping.signal.aborted) return;
      last = await round(loop, time);
    }
    for (;;) {
      const now = clock.now();
      const next = nextRound(loop, Math.max(last ?? now, now - (typeof loop.every === "number" ? loop.every : 0)));
      if (next === undefined) return;
      await clock.sleep(Math.max(0, next - now), stopping.signal).catch(() => {});
      if (stopping.signal.aborted) return;
      last = await round(loop, next);
    }
  }

  /** Runs the round of a time; one that was begun before goes on. The journal says how it went. */
  async function round(loop: Loop, time: number): Promise<number> {
    const id = `loop/${loop.name}/${time}`;
    try {
      await runs.start(loop.graph, loop.input, id).catch(async (error: unknown) => {
        if (!isBrainOpsError(error, "conflict")) throw error;
        await runs.goOn(id);
      });
      if (!stopping.signal.aborted) await note(loop, time);
    } catch {
      // A store that cannot be written now is tried again with the next round.
    }
    return time;
  }

  async function note(loop: Loop, time: number): Promise<void> {
    await commitSurely(store, uuid7(clock.now()), [{ type: "document", key: key(loop), value: { last: time } }]);
  }

  return {
    start() {
      if (turning.length > 0) return;
      // A loop that cannot even read where it was ends; the store's trouble shows everywhere else.
      turning = [...loops.values()].map((loop) => turn(loop).catch(() => {}));
    },
    async stop() {
      stopping.abort();
      // A round under way is stopped with the other runs of the Brain; it is not waited for here.
      if (turning.length > 0) await Promise.race([Promise.all(turning), Promise.resolve()]);
    },
  };
}

function nextRound({ every }: Loop, after: number): number | undefined {
  return typeof every === "number" ? after + every : every(after);
}

/** A loop that never ran begins at once, unless it has times of its own. */
function firstRounds({ every }: Loop, now: number): number[] {
  return typeof every === "number" ? [now] : [];
}
