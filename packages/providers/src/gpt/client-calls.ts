import type { Json, JsonObject } from "@brainops/core";
import { compact, objectOf, textOf } from "../shape/json.ts";

/** A call that the caller has to make, read from an item of a response. */
export interface ClientCall {
  readonly id: string;
  readonly name: string;
  readonly args: Json;
  /** A tool of free text. */
  readonly plain: boolean;
  readonly opaque?: Json;
}

/**
 * Reads an item as a call for the caller, or nothing when it is none. Functions and custom tools go back as they came;
 * the vendor's own tools that run on the caller's side (shell, patches, computer use, a search of tools) keep their item
 * as opaque.
 */
export function clientCall(item: JsonObject): ClientCall | undefined {
  const id = textOf(item["call_id"]) || textOf(item["id"]);
  switch (item["type"]) {
    case "function_call":
      return { id, name: textOf(item["name"]), args: item["arguments"] ?? "", plain: false, opaque: extras(item) };
    case "custom_tool_call": {
      const opaque = { ...extras(item), custom: true };
      return { id, name: textOf(item["name"]), args: item["input"] ?? "", plain: true, opaque };
    }
    case "local_shell_call":
    case "shell_call":
    case "computer_call":
      // One step, or several at once.
      if (item["action"] === undefined && item["actions"] !== undefined) {
        return { id, name: bare(item), args: { actions: item["actions"] }, plain: false, opaque: { item } };
      }
      return { id, name: bare(item), args: objectOf(item["action"]), plain: false, opaque: { item } };
    case "apply_patch_call":
      return { id, name: bare(item), args: objectOf(item["operation"]), plain: false, opaque: { item } };
    case "tool_search_call":
      // The vendor searches itself, unless the caller asked to do it.
      return item["execution"] === "client"
        ? { id, name: bare(item), args: item["arguments"] ?? {}, plain: false, opaque: { item } }
        : undefined;
    default:
      return undefined;
  }
}

const extras = ({ id, namespace, caller }: JsonObject): JsonObject => compact({ id, namespace, caller });

const bare = (item: JsonObject): string => textOf(item["type"]).replace(/_call$/, "");

/** Whether the vendor ran a call itself: then its output lies in the same response. */
export function isHosted(item: JsonObject, all: readonly JsonObject[]): boolean {
  const output = `${textOf(item["type"])}_output`;
  return all.some((other) => other["type"] === output && other["call_id"] === item["call_id"]);
}

/** Whether an item is a call that the vendor may run itself. */
export const mayBeHosted = (item: JsonObject): boolean =>
  item["type"] === "shell_call" || item["type"] === "local_shell_call";
