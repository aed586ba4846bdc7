/**
 * Agents: nodes in which a model and tools take turns, with tools made of functions, nodes, actions, people and MCP
 * servers. Everything goes through the effect ledger.
 *
 * @module
 */
export { agent, type Agent, type AgentAnswer } from "./agent.ts";
export { askPerson, type AskPersonOptions } from "./ask-person.ts";
export { dataRule, quoteData, quoteMemory } from "./data.ts";
export { handOff, type Briefed, type HandOff, type HandOffOptions } from "./hand-off.ts";
export { actionTool, nodeTool, type AsToolOptions } from "./node-tool.ts";
export type { AgentBrief, AgentDefinition, AgentLimits, AgentSettings, Compaction } from "./options.ts";
export type { ToolError, ToolOutcome } from "./outcome.ts";
export type { Tool, ToolSource } from "./effect-tool.ts";
export {
  mcpTools,
  type McpCallOptions,
  type McpCallResult,
  type McpClass,
  type McpClient,
  type McpOptions,
  type McpServer,
  type McpTool,
  type McpTools,
} from "./mcp.ts";
export { tool, type ToolDefinition } from "./tool.ts";
