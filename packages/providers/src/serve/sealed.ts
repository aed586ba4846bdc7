import type { ReasoningPart } from "@brainops/core";
import { isObject, parseJson } from "../shape/json.ts";

const mark = "brainops:";

/** A part with what only its vendor understands, in the place that a client hands back unread. */
export const sealed = (part: ReasoningPart): string => mark + Buffer.from(JSON.stringify(part)).toString("base64");

/** The part that {@link sealed} was given; nothing for what another server made. */
export function unsealed(text: string): ReasoningPart | undefined {
  if (!text.startsWith(mark)) return undefined;
  const part = parseJson(Buffer.from(text.slice(mark.length), "base64").toString("utf8"));
  return isObject(part) && part["type"] === "reasoning" ? (part as object as ReasoningPart) : undefined;
}
