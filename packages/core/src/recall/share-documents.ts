import { createHash } from "node:crypto";
import type { JsonObject } from "../contracts/json.ts";
import type { RecordKind } from "../contracts/record.ts";
import type { Store } from "../contracts/store.ts";

/** That a scope may be read from another. */
export interface Share {
  /** Names this share, for taking it back. */
  readonly id: string;
  /** The scope that is opened, with all below it. */
  readonly from: string;
  /** The scope that may read it, and all below that. */
  readonly to: string;
  /** Only records of these kinds; all when absent. */
  readonly kinds?: readonly RecordKind[];
  /** Who opened it. */
  readonly by: string;
  /** Why it was opened. */
  readonly reason: string;
  /** When: milliseconds since 1970. */
  readonly at: number;
}

/** The beginning of the keys of all shares, and of those that open something to a scope. */
export function sharePrefix(to?: string): string {
  return to === undefined ? "share/" : `share/${createHash("sha256").update(to).digest("hex").slice(0, 32)}/`;
}

/** All that is opened to a scope: to itself, and to those that it lies in. */
export async function sharesTo(store: Store, scope: string): Promise<Share[]> {
  const parts = scope.split("/");
  const found: Share[] = [];
  for (let end = 1; end <= parts.length; end++) {
    const to = parts.slice(0, end).join("/");
    for (const { value } of await store.documents(sharePrefix(to))) found.push(value as JsonObject as unknown as Share);
  }
  return found;
}
