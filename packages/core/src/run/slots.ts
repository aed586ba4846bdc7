/** Lets so many executions of a node go on at once; the others wait in the order in which they came. */
export interface Slots {
  /** Resolves when it is one's turn; the result ends it. */
  take(name: string, concurrency: number): Promise<() => void>;
}

/** Makes the slots of one run. Who waits for a turn is not `active`: the one before may be waiting for a person. */
export function createSlots(active: (change: 1 | -1) => void): Slots {
  const taken = new Map<string, number>();
  const queues = new Map<string, (() => void)[]>();

  function free(name: string): void {
    const next = queues.get(name)?.shift();
    if (next !== undefined) next();
    else taken.set(name, (taken.get(name) ?? 1) - 1);
  }

  return {
    async take(name, concurrency) {
      const now = taken.get(name) ?? 0;
      if (now < concurrency) taken.set(name, now + 1);
      else {
        active(-1);
        await new Promise<void>((resolve) => void queues.set(name, [...(queues.get(name) ?? []), resolve]));
        active(1);
      }
      return () => free(name);
    },
  };
}
