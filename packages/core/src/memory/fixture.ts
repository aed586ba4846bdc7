import type { MemoryRecord } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";
import type { Write } from "../contracts/write.ts";
import { memoryStore } from "../testing/index.ts";

/** When everything in these tests happens, unless they say otherwise. */
export const now: number = Date.UTC(2026, 5, 1);
export const clock: { readonly now: () => number } = { now: () => now };
export const day = 86_400_000;

/** A write that puts a record; what is not given is plain. */
export function put(id: string, text: string, given: Partial<MemoryRecord> = {}): Write {
  return {
    type: "record",
    record: {
      id,
      kind: "experience",
      scope: "acme",
      text,
      data: {},
      tags: [],
      importance: 0.5,
      confidence: 1,
      trust: "model",
      subjects: [],
      provenance: {},
      createdAt: now,
      version: 1,
      ...given,
    },
  };
}

/** A store in memory that holds what is given. */
export async function storeWith(...writes: Write[]): Promise<Store> {
  const store = await memoryStore().open();
  await store.commit({ id: "given", writes });
  return store;
}

/** The record of an id, which must be there. */
export async function recordOf(store: Store, id: string): Promise<MemoryRecord> {
  const [found] = await store.records([id]);
  if (found === undefined) throw new Error(`There is no record ${id}.`);
  return found.record;
}
