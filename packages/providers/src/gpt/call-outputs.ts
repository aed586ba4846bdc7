import type { JsonObject, ToolResultPart } from "@brainops/core";
import { compact, isObject, textOf, textOfResult } from "../shape/json.ts";

/** Writes the result of a call as the vendor wants it. */
export type WriteOutput = (part: ToolResultPart) => JsonObject;

/** The result of a function: text. */
export const functionOutput: WriteOutput = (part) => ({
  type: "function_call_output",
  call_id: part.id,
  output: textOfResult(part.result),
});

/**
 * How the result of a call is written for which the vendor gave something (`own`). For its own tools, a result that is an
 * object holds the vendor's fields of that kind; a text is put where it belongs.
 */
export function outputWriter(own: JsonObject): WriteOutput {
  if (!isObject(own["item"])) {
    const { caller } = own;
    const type = own["custom"] === true ? "custom_tool_call_output" : "function_call_output";
    return (part) => compact({ ...functionOutput(part), type, caller });
  }
  const kind = textOf(own["item"]["type"]);
  return (part) => {
    const { id, result, failed = false } = part;
    const fields = isObject(result) ? result : textual(kind, textOfResult(result), failed);
    const named = kind === "local_shell_call" ? { id } : { call_id: id };
    if (kind === "tool_search_call") return { type: "tool_search_output", execution: "client", ...named, ...fields };
    return { type: `${kind}_output`, ...named, ...fields };
  };
}

function textual(kind: string, text: string, failed: boolean): JsonObject {
  switch (kind) {
    case "shell_call":
      return { output: [{ stdout: text, stderr: "", outcome: { type: "exit", exit_code: failed ? 1 : 0 } }] };
    case "apply_patch_call":
      return { status: failed ? "failed" : "completed", output: text };
    case "computer_call":
      return { output: { type: "computer_screenshot", image_url: text } };
    case "tool_search_call":
      return { tools: [] };
    default:
      return { output: text };
  }
}
