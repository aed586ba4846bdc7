/** So long work may go on from one promise to the next before timers and sockets get their turn, in milliseconds. */
const longest = 5;

/** Lets the event loop turn when it has not done so for a while. */
export interface Breather {
  (): Promise<void>;
  /** Whether it is time. */
  isDue(): boolean;
  /** So long ago it has turned, in milliseconds. */
  since(): number;
  /** Lets it turn in any case. */
  now(): Promise<void>;
}

/**
 * Makes a function that lets the event loop turn when it has not done so for a while. Work that is done at once resolves
 * its promises in microtasks, and a caller that awaits one after the other would keep everything else waiting.
 */
export function makeBreather(): Breather {
  let turned = performance.now();
  const since = (): number => performance.now() - turned;
  const isDue = (): boolean => since() >= longest;
  const now = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    turned = performance.now();
  };
  const breathe = async (): Promise<void> => {
    if (isDue()) await now();
  };
  return Object.assign(breathe, { isDue, since, now });
}
