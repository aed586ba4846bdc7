import type { Json } from "../contracts/json.ts";
import type { Hit, Recalled } from "../contracts/record.ts";

/** Puts hits and notes together. */
export function toRecalled(hits: readonly Hit[], notes: readonly string[]): Recalled {
  // Not enumerable, so that the list is compared and printed as what it is.
  return Object.defineProperty([...hits] as Hit[] & { notes: readonly string[] }, "notes", { value: [...notes] });
}

/** As it is journaled: the list alone where there is nothing to note. */
export function packRecalled(recalled: Recalled): Json {
  const hits = [...recalled] as unknown as Json[];
  return recalled.notes.length === 0 ? hits : { hits, notes: recalled.notes };
}

/** Reads what {@link packRecalled} wrote; nothing where it was erased. */
export function unpackRecalled(packed: Json | undefined): Recalled {
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
  if (typeof packed !== "object" || packed === null || Array.isArray(packed))
    return toRecalled(list(packed) as readonly Hit[], []);
  const { hits, notes } = packed as { readonly hits?: Json; readonly notes?: Json };
  return toRecalled(list(hits) as readonly Hit[], list(notes) as readonly string[]);
}
