import type { ClientHandle, PoolHandle } from "./handle.ts";

/** Clients of a pool, one at a time for each statement or transaction. */
export interface Lending {
  take(): ClientHandle | Promise<ClientHandle>;
  /** Gives a client back; one that is broken is closed. */
  giveBack(client: ClientHandle, broken: boolean): void;
}

const ignore = (): void => undefined;

/** A client is kept from its pool so long at most, in milliseconds, however often it is asked for. */
const longest = 20;

/**
 * Lends clients of a pool. What was given back stays here for a turn of the event loop before the pool has it again: a run comes
 * back with its next commit within that turn, and going through the pool each time costs more than putting the commit
 * together. Whoever waits for a client of a pool that has no more of them waits 20 ms longer for that, at most.
 */
export function makeLending(pool: PoolHandle): Lending {
  let kept: ClientHandle | undefined;
  // The client that was kept last, and when it left the pool.
  let last: ClientHandle | undefined;
  let since = 0;
  let turns = 0;
  let turning = false;

  const release = (client: ClientHandle, broken: boolean): void => {
    if (client === last) last = undefined;
    // A connection that is given up may still say why.
    if (!broken) client.removeListener?.("error", ignore);
    client.release(broken);
  };
  const turn = (): void => {
    turning = false;
    if (kept === undefined) return;
    // What comes in this turn comes after this.
    if (turns++ === 0) return begin();
    const client = kept;
    kept = undefined;
    release(client, false);
  };
  const begin = (): void => {
    turning = true;
    setImmediate(turn);
  };
  const fromPool = async (): Promise<ClientHandle> => {
    const client = await pool.connect();
    client.on?.("error", ignore);
    return client;
  };
  return {
    take() {
      if (kept === undefined) return fromPool();
      const client = kept;
      kept = undefined;
      return client;
    },
    giveBack(client, broken) {
      const now = performance.now();
      if (client !== last) {
        if (broken || kept !== undefined) return release(client, broken);
        [last, since] = [client, now];
      } else if (broken || kept !== undefined || now - since > longest) return release(client, broken);
      kept = client;
      turns = 0;
      if (!turning) begin();
    },
  };
}
