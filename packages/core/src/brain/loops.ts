import type { Clock } from "../contracts/clock.ts";
import type { JsonObject } from "../contracts/json.ts";
import type { Loop } from "../contracts/plugin.ts";

/** The loops of a Brain. */
export interface Loops {
  start(): void;
  stop(): Promise<void>;
}

/** Runs each loop's graph again and again, one round after the other. A failed round does not end its loop. */
export function createLoops(
  loops: ReadonlyMap<string, Loop>,
  clock: Clock,
  run: (graph: string, input: JsonObject, id: string) => Promise<unknown>,
): Loops {
  const stopping = new AbortController();
  let turning: readonly Promise<void>[] = [];

  async function turn(loop: Loop): Promise<void> {
    while (!stopping.signal.aborted) {
      const started = clock.now();
      // The round's journal says how it went.
      await run(loop.graph, loop.input, `loop/${loop.name}/${started}`).catch(() => {});
      const rest = Math.max(0, loop.everyMs - (clock.now() - started));
      await clock.sleep(rest, stopping.signal).catch(() => {});
    }
  }

  return {
    start() {
      if (turning.length === 0) turning = [...loops.values()].map(turn);
    },
    async stop() {
      stopping.abort();
      // A round under way is stopped with the other runs of the Brain; it is not waited for here.
      if (turning.length > 0) await Promise.race([Promise.all(turning), Promise.resolve()]);
    },
  };
}
