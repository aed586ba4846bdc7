import type { Store, StoreOpener } from "@brainops/core";

/** A store whose commits stop coming back after some: to the run, as if its process had been killed there. */
export function dying(opener: StoreOpener, commits: number, dead: () => void): StoreOpener {
  return {
    name: opener.name,
    open: async () => {
      const store = await opener.open();
      let left = commits;
      const commit: Store["commit"] = (given) => {
        left -= 1;
        if (left >= 0) return store.commit(given);
        dead();
        return new Promise(() => {});
      };
      return { ...store, commit };
    },
  };
}
