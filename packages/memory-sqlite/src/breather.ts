/** So long work may go on from one promise to the next before timers and sockets get their turn, in milliseconds. */
const longest = 5;

/**
 * Makes a function that lets the event loop turn when it has not done so for a while. Work that is done at once resolves
 * its promises in microtasks, and a caller that awaits one after the other would keep everything else waiting.
 */
export function makeBreather(): () => Promise<void> {
  let turned = performance.now();
  return async () => {
    if (performance.now() - turned < longest) return;
    await new Promise((resolve) => setImmediate(resolve));
    turned = performance.now();
  };
}
