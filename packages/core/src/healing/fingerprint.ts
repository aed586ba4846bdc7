import { createHash } from "node:crypto";
import type { Fault } from "../contracts/action.ts";
import { frames } from "./frames.ts";
import { logText } from "./log-text.ts";
import { codesIn, mask } from "./mask.ts";

/** The longest masked text that counts: what follows is usually a dump. */
const longest = 2_000;

/**
 * What makes two faults the same: the subject, how it was noticed, the masked text, and, when there is a stack, the
 * application's frames. Two parts that differ keep faults apart.
 *
 * @example
 * ```ts
 * import { shape } from "@brainops/core/healing";
 * console.log(shape({ source: "log", subject: "shop", text: "order 4711 failed" }));
 * ```
 */
export function shape(fault: Fault): string {
  const stack = fault.stack === undefined ? [] : frames(fault.stack);
  return [fault.source, fault.subject, said(fault), ...stack].join("\n");
}

/** The masked text, or the group of a log line when somebody grouped it: groups know more lines than this one. */
function said(fault: Fault): string {
  const group = fault.data?.["group"];
  // A group holds lines with all kinds of values; an exit code of 137, or another state, is another fault.
  if (fault.source === "log" && typeof group === "string") return ["group", group, ...codesIn(fault.text)].join(" ");
  return mask(fault.source === "log" ? logText(fault.text) : fault.text).slice(0, longest);
}

/**
 * Groups the same fault across changing ids, numbers, paths, line numbers and times: 32 hexadecimal digits.
 *
 * @example
 * ```ts
 * import { fingerprint } from "@brainops/core/healing";
 * const at = (text: string) => fingerprint({ source: "log", subject: "shop", text });
 * at("order 17 failed after 20 ms") === at("order 4711 failed after 9 ms"); // true
 * at("HTTP 500 from /pay") === at("HTTP 404 from /pay"); // false
 * ```
 */
export function fingerprint(fault: Fault): string {
  return createHash("sha256").update(shape(fault)).digest("hex").slice(0, 32);
}
