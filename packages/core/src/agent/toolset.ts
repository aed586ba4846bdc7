import { BrainOpsError } from "../contracts/error.ts";
import type { ToolSpec } from "../contracts/model.ts";
import type { NodeContext } from "../contracts/node.ts";
import type { AgentBrief } from "./options.ts";
import type { Tool, ToolSource } from "./effect-tool.ts";

/** Tools by name. */
export type Toolset = ReadonlyMap<string, Tool>;

/** Tools by name, in their order. Throws `invalid_input` when two have the same one. */
export function toolsetOf(agent: string, tools: readonly Tool[]): Toolset {
  const set = new Map<string, Tool>();
  for (const tool of tools) {
    if (set.has(tool.name))
      throw new BrainOpsError("invalid_input", `The agent '${agent}' has two tools called '${tool.name}'. Rename one.`);
    set.set(tool.name, tool);
  }
  return set;
}

/** The tools that are known before the agent runs. */
export function knownTools(brief: AgentBrief): readonly Tool[] {
  return (brief.tools ?? []).filter((tool): tool is Tool => !isSource(tool));
}

/** All tools of an agent; sources are asked for theirs, one after the other. */
export async function gatherTools(brief: AgentBrief, ctx: NodeContext): Promise<Toolset> {
  const tools: Tool[] = [];
  for (const tool of brief.tools ?? []) {
    if (isSource(tool)) tools.push(...(await tool.list(ctx)));
    else tools.push(tool);
  }
  return toolsetOf(brief.name, tools);
}

/** What the model is told of the tools. */
export function specsOf(tools: Toolset): readonly ToolSpec[] {
  return [...tools.values()].map(({ name, description, parameters }) => ({
    name,
    ...(description === undefined ? {} : { description }),
    parameters,
  }));
}

function isSource(tool: Tool | ToolSource): tool is ToolSource {
  return "list" in tool;
}
