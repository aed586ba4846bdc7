import type { Message, ModelRequest, ToolCallPart } from "@brainops/core";

/** What the workforce's prompt says under a heading: the text of its `<data source="…">`. `undefined` when it has none. */
export function dataOf(request: ModelRequest, source: string): string | undefined {
  const first = request.messages[0];
  const text = first === undefined ? "" : textOf(first);
  return new RegExp(`<data source="${source}" seal="(\\w+)">\\n([\\s\\S]*?)\\n</data seal="\\1">`).exec(text)?.[2];
}

function textOf(message: Message): string {
  if (typeof message.content === "string") return message.content;
  return message.content.map((part) => (part.type === "text" ? part.text : "")).join("\n");
}

/** A tool that was called earlier in the conversation, and what came back. */
export interface Used {
  readonly call: ToolCallPart;
  readonly result: unknown;
  readonly failed: boolean;
}

/** The tool calls of a conversation that have been answered, in order. */
export function usedTools(request: ModelRequest): readonly Used[] {
  const calls = new Map<string, ToolCallPart>();
  const used: Used[] = [];
  for (const message of request.messages) {
    if (typeof message.content === "string") continue;
    for (const part of message.content) {
      if (part.type === "tool-call") calls.set(part.id, part);
      if (part.type !== "tool-result") continue;
      const call = calls.get(part.id);
      if (call !== undefined) used.push({ call, result: part.result, failed: part.failed === true });
    }
  }
  return used;
}
