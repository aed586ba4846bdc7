import type { Store } from "../../../contracts/store.ts";
import type { Write } from "../../../contracts/write.ts";

/** Makes a fault: gives what is to be replaced in a sound store. */
export type Fault = (store: Store) => Partial<Store>;

/** Faults by their names, by the name of the test (or its beginning) that has to notice them. */
export type Faults = { readonly [noticedBy: string]: { readonly [fault: string]: Fault } };

/** A fault that changes the writes of every commit. */
export function changing(change: (write: Write) => readonly Write[]): Fault {
  return (store) => ({ commit: (commit) => store.commit({ ...commit, writes: commit.writes.flatMap(change) }) });
}
