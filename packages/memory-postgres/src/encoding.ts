import type { JsonObject, Write } from "@brainops/core";
import type { Tokens } from "@brainops/core/recall";
import type { Bodies, Explain, Locks } from "./member.ts";
import type { View } from "./view.ts";

/** One write on its way into operations. */
export interface Encoding {
  readonly commit: string;
  readonly writes: readonly Write[];
  readonly index: number;
  readonly write: Write;
  readonly view: View;
  readonly bodies: Bodies;
  /** The words of a text. */
  readonly tokensOf: (text: string) => Tokens;
  readonly locks: Locks;
  readonly operations: readonly JsonObject[];
  add(operation: JsonObject, why: Explain): void;
}
