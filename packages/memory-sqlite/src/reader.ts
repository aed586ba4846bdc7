import type { Breather } from "./breather.ts";
import { snapshot, type Context } from "./context.ts";

/** Reads what some work reads, all of one state of the file. */
export type Reader = <T>(work: () => T) => Promise<T>;

/**
 * Makes a reader. What is asked for at the same time shares a look at the file and the state that is seen, as do the reads of one who
 * looks up the links of many records; where they take long, the event loop turns between them.
 */
export function makeReader(context: Context, breathe: Breather, checkOpen: () => void): Reader {
  interface Waiting {
    readonly answer: () => void;
    readonly fail: (error: unknown) => void;
  }
  const waiting: Waiting[] = [];
  const answerSome = (): void => {
    checkOpen();
    snapshot(context, () => {
      do waiting.shift()?.answer();
      while (waiting.length > 0 && !breathe.isDue());
    });
  };
  const answerAll = async (): Promise<void> => {
    await breathe();
    while (waiting.length > 0) {
      while (context.writing !== undefined) await context.writing;
      const [first] = waiting;
      try {
        answerSome();
      } catch (error) {
        // The file could not be looked at: it is told to one, and the next one tries again.
        if (waiting[0] === first) waiting.shift()?.fail(error);
      }
      await breathe();
    }
  };
  return (work) =>
    new Promise((resolve, reject) => {
      checkOpen();
      const answer = (): void => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      };
      if (waiting.push({ answer, fail: reject }) === 1) void answerAll();
    });
}
