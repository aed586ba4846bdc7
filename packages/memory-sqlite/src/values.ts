/** What can be bound to a statement or read from a row. */
export type Value = string | number | bigint | null | Uint8Array;
/** One row of a result. */
export type Row = { readonly [column: string]: Value | ArrayBuffer };

/** A value as text: nothing when there is none. */
export function textOf(value: Value | ArrayBuffer | undefined): string {
  return typeof value === "string" ? value : "";
}

/** A number out of a row. */
export function int(value: Value | ArrayBuffer | undefined): number {
  return Number(value ?? 0);
}

/** Bytes out of a row. */
export function bytes(value: Value | ArrayBuffer | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value;
  // As libsql gives them, of many rows.
  return value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(0);
}

/** So long a block of words may become: it and its key still fit into a leaf of their table, four to a page. */
export const blockSizes = { most: 940 } as const;
