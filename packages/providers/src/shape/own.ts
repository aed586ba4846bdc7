import type { JsonObject, ToolCallPart } from "@brainops/core";
import { isObject } from "./json.ts";

/** What a vendor gave with its call, to go back with it; nothing for the calls of others. */
export const ownOf = (call: ToolCallPart, vendor: string): JsonObject | undefined =>
  call.opaque?.vendor === vendor && isObject(call.opaque.value) ? call.opaque.value : undefined;
