import { BrainOpsError, type ModelRequest } from "@brainops/core";

/**
 * Checks what every vendor would refuse, each in its own words and after a round trip: an empty conversation, calls
 * without results and results without calls, a tool choice that names no tool, a tool whose arguments are no object. Throws `invalid_input`.
 */
export function checkRequest(name: string, request: ModelRequest): void {
  const refuse = (what: string): never => {
    throw new BrainOpsError("invalid_input", `${name}: ${what}`);
  };
  if (request.messages.length === 0) refuse("the request has no messages. Give at least one user message.");

  const open = new Map<string, string>();
  const unanswered = (): never => {
    const names = [...open].map(([id, tool]) => `${tool} (${id})`).join(", ");
    return refuse(
      `the history holds tool calls without a result: ${names}. Append a tool message with a result for each, or drop the calls.`,
    );
  };
  for (const message of request.messages) {
    if (message.role === "tool") {
      for (const result of message.content) {
        if (!open.delete(result.id)) {
          refuse(
            `a tool result answers the call '${result.id}' (${result.name}), which is not open. Put it right after its call.`,
          );
        }
      }
      continue;
    }
    if (open.size > 0) unanswered();
    if (typeof message.content === "string") continue;
    for (const part of message.content) {
      if (part.type === "tool-call") open.set(part.id, part.name);
      if (part.type === "file" && (part.data === undefined) === (part.url === undefined)) {
        refuse(`a file part (${part.mediaType}) needs either data or url.`);
      }
    }
  }
  if (open.size > 0) unanswered();

  const tools = new Set<string>();
  for (const tool of request.tools ?? []) {
    if (tools.has(tool.name)) refuse(`two tools are named '${tool.name}'. Give each its own name.`);
    tools.add(tool.name);
    // Vendors take objects as arguments only, and say so in words that name no tool.
    const { type, properties } = tool.parameters;
    if (type !== "object" && (type !== undefined || typeof properties !== "object")) {
      refuse(
        `the parameters of the tool '${tool.name}' are no object schema (type ${JSON.stringify(type ?? null)}). Wrap them into an object with one property.`,
      );
    }
  }
  const choice = request.toolChoice;
  if (typeof choice === "object" && !tools.has(choice.tool)) {
    refuse(`toolChoice names '${choice.tool}', which is not among the tools.`);
  }
  if (choice === "required" && tools.size === 0) refuse("toolChoice is 'required', but there are no tools.");
}
