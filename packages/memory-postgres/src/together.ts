interface Waiting<K, T> {
  readonly key: K;
  readonly resolve: (found: T) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets reads that are asked for in the same turn go to the server as one, up to `most`: whoever goes on with many runs at once
 * asks for the same of each. `load` gives what it found for each key, in their order.
 */
export function together<K, T>(
  most: number,
  load: (keys: readonly K[]) => Promise<readonly T[]>,
): (key: K) => Promise<T> {
  let waiting: Waiting<K, T>[] = [];
  const send = (group: readonly Waiting<K, T>[]): void => {
    load(group.map(({ key }) => key)).then(
      (found) => group.forEach(({ resolve }, i) => resolve(found[i] as T)),
      (error: unknown) => group.forEach(({ reject }) => reject(error)),
    );
  };
  const sendAll = (): void => {
    const all = waiting;
    waiting = [];
    for (let i = 0; i < all.length; i += most) send(all.slice(i, i + most));
  };
  return (key) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ key, resolve, reject }) === 1) queueMicrotask(sendAll);
    });
}
