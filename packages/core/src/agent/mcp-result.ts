import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import type { McpCallResult } from "./mcp-connection.ts";

/** A block of content, with whatever it may have. */
interface Block {
  readonly type: string;
  readonly text?: unknown;
  readonly mimeType?: unknown;
  readonly uri?: unknown;
  readonly resource?: { readonly uri?: unknown; readonly text?: unknown };
}

/** What the model is given of a result: the structured value, else the text. Throws `effect_failed` when it failed. */
export function resultOf({ content = [], structuredContent, isError }: McpCallResult): Json {
  const text = content.map(textOf).join("\n");
  if (isError === true)
    throw new BrainOpsError("effect_failed", text === "" ? "The tool failed without a word." : text);
  return structuredContent === undefined ? text : (structuredContent as Json);
}

/** Text as it is; of all else, that it is there. */
function textOf(block: Block): string {
  if (block.type === "text") return String(block.text);
  if (block.type === "resource" && typeof block.resource?.text === "string") return block.resource.text;
  const what = block.mimeType ?? block.uri ?? block.resource?.uri;
  return `[${block.type}${typeof what === "string" ? ` ${what}` : ""}]`;
}
