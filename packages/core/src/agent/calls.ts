import type { Json, JsonObject } from "../contracts/json.ts";
import type { ToolCallPart, ToolResultPart } from "../contracts/message.ts";
import type { NodeContext } from "../contracts/node.ts";
import { isHandOff } from "./hand-off.ts";
import type { AgentBrief } from "./options.ts";
import { isFatal, toldOf } from "./outcome.ts";
import type { Tool } from "./effect-tool.ts";
import type { Toolset } from "./toolset.ts";

/** How the calls of one turn ended. */
export interface CallsMade {
  /** One for each call, in the order of the calls. */
  readonly results: readonly ToolResultPart[];
  /** What the model did wrong: unknown tools and arguments that do not fit. */
  readonly mistakes: readonly string[];
  /** Who goes on with the conversation, when it was handed over. */
  readonly next?: AgentBrief;
}

/**
 * Makes the calls of one turn beside each other. Whatever goes wrong with a call is its result, and the model's to
 * deal with; only an error of the run itself is thrown.
 */
export async function makeCalls(calls: readonly ToolCallPart[], tools: Toolset, ctx: NodeContext): Promise<CallsMade> {
  const mistakes: string[] = [];
  let next: AgentBrief | undefined;

  function wrong(part: Pick<ToolResultPart, "id" | "name">, error: string, message: string): ToolResultPart {
    mistakes.push(`${part.name}: ${message}`);
    return failed(part, { error, message });
  }

  async function make({ id, name, args }: ToolCallPart): Promise<ToolResultPart> {
    const part = { id, name };
    const tool = tools.get(name);
    if (tool === undefined) {
      const names = [...tools.keys()].join(", ");
      return wrong(part, "not_found", `There is no tool '${name}'. The tools are: ${names === "" ? "none" : names}.`);
    }
    const misfit = tool.misfit(args);
    if (misfit !== undefined) return wrong(part, "invalid_tool_call", `The arguments do not fit: ${misfit}`);
    if (isHandOff(tool)) {
      if (next !== undefined) return wrong(part, "invalid_tool_call", "The conversation is already handed over.");
      next = tool.to();
    }
    return use(tool, part, args, ctx);
  }

  const results = await Promise.all(calls.map(make));
  return { results, mistakes, ...(next === undefined ? {} : { next }) };
}

async function use(
  tool: Tool,
  part: Pick<ToolResultPart, "id" | "name">,
  args: Json,
  ctx: NodeContext,
): Promise<ToolResultPart> {
  const { trust } = tool;
  try {
    const outcome = await tool.use(args, ctx);
    // JSON is the fence around what comes from outside: text in a string cannot leave it.
    if ("result" in outcome) return { type: "tool-result", ...part, result: { trust, data: outcome.result } };
    return failed(part, { trust, error: outcome.error.code, message: outcome.error.message });
  } catch (error) {
    if (isFatal(error)) throw error;
    const { code, message } = toldOf(error, "node_failed");
    return failed(part, { trust, error: code, message });
  }
}

function failed(part: Pick<ToolResultPart, "id" | "name">, result: JsonObject): ToolResultPart {
  return { type: "tool-result", ...part, result, failed: true };
}
