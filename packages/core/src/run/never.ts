/** A promise that is never settled: where a walk is left standing when its run has stopped. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}
