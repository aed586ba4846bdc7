import { Worker } from "node:worker_threads";
import type { Merged, MergeJob, Packed, PackJob } from "./packing-jobs.ts";

/** Moves the write-ahead log into the file; with `all`, also what others are still reading, and empties it. */
export interface MoveJob {
  readonly type: "move";
  readonly all: boolean;
}

/** How much of the log there was, and how much of that is in the file now, in pages. */
export interface Moved {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}

/** What the thread can do. */
export type Job = MoveJob | PackJob | MergeJob | { readonly type: "close" };

/** A thread with a connection of its own, for work that takes long and is no part of a commit. It begins with the first job. */
export interface Background {
  /** Whether it has begun. */
  readonly begun: boolean;
  /** Whether jobs are done at all. Without a thread, whoever has one does it himself. */
  readonly works: boolean;
  /** Has a job done, after those before it. `undefined` when it failed. */
  move(job: MoveJob): Promise<Moved | undefined>;
  pack(job: PackJob): Promise<Packed | undefined>;
  merge(job: MergeJob): Promise<Merged | undefined>;
  close(): Promise<void>;
}

/** The thread of a file. `failed` is called once if it cannot be started, as when a bundler has left its module behind. */
export function makeBackground(file: string, failed: () => void): Background {
  let worker: Worker | undefined;
  let works = true;
  let waiting: ((answer: unknown) => void)[] = [];
  const stop = (): void => {
    if (works) failed();
    works = false;
    const left = waiting;
    waiting = [];
    for (const resolve of left) resolve(undefined);
  };
  const start = (): Worker => {
    const thread = new Worker(new URL(import.meta.url.endsWith(".ts") ? sourceModule : builtModule, import.meta.url), {
      workerData: file,
    });
    thread.on("message", (answer: unknown) => {
      const resolve = waiting.shift();
      // Only while something is awaited of it does it keep the process going.
      if (waiting.length === 0) thread.unref();
      resolve?.(answer);
    });
    thread.once("error", stop);
    thread.unref();
    return thread;
  };
  const ask = <T>(job: Job): Promise<T | undefined> => {
    if (!works) return Promise.resolve(undefined);
    worker ??= start();
    worker.ref();
    worker.postMessage(job, []);
    return new Promise((resolve) => waiting.push(resolve as (answer: unknown) => void));
  };
  return {
    get begun() {
      return worker !== undefined;
    },
    get works() {
      return works;
    },
    move: (job) => ask<Moved>(job),
    pack: (job) => ask<Packed>(job),
    merge: (job) => ask<Merged>(job),
    async close() {
      const thread = worker;
      if (thread === undefined || !works) return;
      await new Promise((resolve) => {
        thread.once("exit", resolve);
        thread.ref();
        thread.postMessage({ type: "close" }, []);
      });
    },
  };
}

const sourceModule = "./background-worker.ts";
const builtModule = "./background-worker.js";

/** For a database that was handed in: nobody else can open that. */
export const noBackground: Background = {
  begun: false,
  works: false,
  move: () => Promise.resolve(undefined),
  pack: () => Promise.resolve(undefined),
  merge: () => Promise.resolve(undefined),
  close: () => Promise.resolve(),
};
