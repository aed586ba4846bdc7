import { BrainOpsError } from "../contracts/error.ts";
import type { Store, StoreOpener } from "../contracts/store.ts";
import type { Commit } from "../contracts/write.ts";

/**
 * What becomes of a commit.
 *
 * - `ok`: it is done.
 * - `lost`: it is done, but the caller is told `commit_unknown`.
 * - `crash-before`, `crash-after`: the process dies before, or after, it is done. From then on nothing answers any more.
 * - `fail`: it is not done, and the caller is told `store_unavailable`.
 */
export type CommitFate = "ok" | "lost" | "crash-before" | "crash-after" | "fail";

/** A store with faults, and what became of it. */
export interface FaultyStore extends StoreOpener {
  /** Resolves when the simulated process has died. */
  readonly crashed: Promise<void>;
}

/**
 * Wraps a store so that commits end as a test wants it. A crash leaves every later call without an answer, as a dead
 * process would; open the wrapped store again to go on after it.
 *
 * @example
 * ```ts
 * import { faultyStore, memoryStore } from "@brainops/core/testing";
 * const disk = memoryStore();
 * const store = faultyStore(disk, (commit, index) => (index === 3 ? "crash-after" : "ok"));
 * ```
 */
export function faultyStore(inner: StoreOpener, fate: (commit: Commit, index: number) => CommitFate): FaultyStore {
  let commits = 0;
  let dead = false;
  let die: () => void = () => {};
  const crashed = new Promise<void>((resolve) => (die = resolve));
  const crash = <T>(): Promise<T> => {
    dead = true;
    die();
    return new Promise<T>(() => {});
  };

  async function commit(store: Store, given: Commit): ReturnType<Store["commit"]> {
    const what = fate(given, commits++);
    if (what === "crash-before") return crash();
    if (what === "fail")
      throw new BrainOpsError("store_unavailable", "The store cannot be reached (a simulated fault). Try again.");
    const committed = await store.commit(given);
    if (what === "crash-after") return crash();
    if (what === "lost")
      throw new BrainOpsError(
        "commit_unknown",
        "The acknowledgement was lost (a simulated fault). Commit again with the same id.",
      );
    return committed;
  }

  return {
    name: `faulty ${inner.name}`,
    crashed,
    async open() {
      const store = await inner.open();
      return new Proxy(store, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key);
          if (typeof value !== "function") return value;
          return (...args: unknown[]) => {
            if (dead) return new Promise(() => {});
            return key === "commit"
              ? commit(target, args[0] as Commit)
              : (value as (...given: unknown[]) => unknown).apply(target, args);
          };
        },
      });
    },
  };
}
