import type { EffectClass } from "../contracts/effect.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Json, JsonObject } from "../contracts/json.ts";
import type { Plugin } from "../contracts/plugin.ts";
import { effectTool, type Tool, type ToolSource } from "./effect-tool.ts";
import { createConnection, type McpServer, type McpTool } from "./mcp-connection.ts";
import { callError } from "./mcp-error.ts";
import { resultOf } from "./mcp-result.ts";
import { toolNameOf } from "./schema.ts";

export type { McpCallOptions, McpCallResult, McpClient, McpServer, McpTool } from "./mcp-connection.ts";

/** Classes that a call of an MCP tool can have: the protocol knows no undo. */
export type McpClass = Exclude<EffectClass, "compensatable">;

/** What {@link mcpTools} takes. */
export interface McpOptions {
  /** Short and unique among the servers of an agent. Tools are called `NAME_tool`. */
  readonly name: string;
  /** Where the server is. Nothing is started or connected to before its first use. */
  readonly server: McpServer;
  /**
   * What may happen to a call whose outcome was lost in a crash. Default `irreversible`, the safe one: a person is
   * asked. What a server says of its own tools is a hint, so it counts only when you say so:
   * `class: ({ annotations }) => (annotations?.readOnlyHint ? "pure" : "irreversible")`. Mind that guards are not
   * asked about `pure` calls.
   */
  readonly class?: McpClass | ((tool: McpTool) => McpClass);
  /** Only the tools of these names, as the server calls them. Default: all. */
  readonly only?: readonly string[];
  /** Milliseconds for one request. Default 60,000. */
  readonly timeoutMs?: number;
  /** Longer results lose their middle. Default 20,000 characters. */
  readonly maxChars?: number;
}

/** The tools of an MCP server; also a plugin, so that the connection closes with the Brain. */
export interface McpTools extends ToolSource, Plugin {
  /** Ends the connection, and the server when it was started here. It is made again when it is needed. */
  close(): Promise<void>;
}

/** A tool as it is journaled; or why no model can be told of it. */
type Listed =
  | {
      readonly name: string;
      readonly description?: string;
      readonly parameters: JsonObject;
      readonly class: McpClass;
    }
  | { readonly name: string; readonly unusable: string };
type Usable = Extract<Listed, { parameters: JsonObject }>;

/**
 * The tools of an MCP server, for an agent. They are listed in an effect of the run (`mcp.NAME.list`) and called in
 * effects (`tool.NAME_tool`), so a replay needs no server. A tool that no model can be told of (its schema is not that of an
 * object, or its name is one that another has) is left out, and a note in the journal says so. Results are data with the trust `outside`. Errors of the
 * server go to the model with a code: `timeout`, `network`, `invalid_tool_call`, `effect_failed`.
 *
 * Needs the package `@modelcontextprotocol/client`, unless a client is handed in.
 *
 * @example
 * ```ts
 * import { createBrain } from "@brainops/core";
 * import { agent, mcpTools } from "@brainops/core/agent";
 * import { memoryStore } from "@brainops/core/testing";
 * import { z } from "zod";
 * const files = mcpTools({
 *   name: "files",
 *   server: { command: "npx", args: ["-y", "@modelcontextprotocol/server-filesystem", "/srv/docs"] },
 *   class: ({ name }) => (name.startsWith("read_") || name.startsWith("list_") ? "pure" : "irreversible"),
 * });
 * const clerk = agent({
 *   name: "clerk",
 *   instructions: "Look things up in the files.",
 *   tools: [files],
 *   input: z.object({ question: z.string() }),
 * });
 * // As a plugin, it is closed with the Brain.
 * const brain = await createBrain({ store: memoryStore(), plugins: [files] });
 * await brain.close();
 * ```
 */
export function mcpTools(options: McpOptions): McpTools {
  const { name, server, only, timeoutMs: timeout = 60_000 } = options;
  const connection = createConnection(name, server);

  function listed(tool: McpTool): Listed {
    const { class: kind = "irreversible" } = options;
    // A vendor would refuse the whole request because of it.
    if ((tool.inputSchema as { readonly type?: unknown } | null | undefined)?.type !== "object")
      return { name: tool.name, unusable: "its inputSchema is not the schema of an object" };
    const { description } = tool;
    return {
      name: tool.name,
      ...(description === undefined ? {} : { description: description.slice(0, 2_000).toWellFormed() }),
      parameters: tool.inputSchema as JsonObject,
      class: typeof kind === "function" ? kind(tool) : kind,
    };
  }

  async function listTools(signal: AbortSignal): Promise<Json> {
    try {
      const { tools } = await (await connection.client()).listTools(undefined, { signal, timeout });
      if (!Array.isArray(tools)) throw new BrainOpsError("invalid_response", "It lists no tools. See what it answers.");
      const wanted = tools.filter((tool) => only === undefined || only.includes(tool.name));
      const missing = only?.filter((each) => !tools.some((tool) => tool.name === each)) ?? [];
      if (missing.length > 0)
        throw new BrainOpsError("not_found", `The MCP server '${name}' has no tool ${missing.join(", ")}. See 'only'.`);
      return JSON.parse(JSON.stringify(wanted.map(listed))) as Json;
    } catch (error) {
      if (signal.aborted) throw error;
      throw callError(name, error);
    }
  }

  function toolOf({ name: own, description, parameters, class: kind }: Usable): Tool {
    return effectTool({
      name: toolNameOf(`${name}_${own}`),
      ...(description === undefined ? {} : { description }),
      parameters,
      class: kind,
      risk: undefined,
      trust: "outside",
      maxChars: options.maxChars,
      undo: undefined,
      // The rest the server checks itself, against its own schema.
      misfit: (args) => (isObject(args) ? undefined : "They must be an object."),
      async run(args, { signal, key }) {
        try {
          const client = await connection.client();
          const params = { name: own, arguments: args as Record<string, unknown>, _meta: { "brainops/key": key } };
          return resultOf(await client.callTool(params, { signal, timeout }));
        } catch (error) {
          throw callError(name, error);
        }
      },
    });
  }

  return Object.freeze<McpTools>({
    name: `mcp.${name}`,
    async list(ctx) {
      const tools = await ctx.effect<Json>({
        name: `mcp.${name}.list`,
        class: "idempotent",
        input: { only: only ?? null },
        run: ({ signal }) => listTools(signal),
      });
      const made = new Map<string, Tool>();
      for (const listed of tools as unknown as readonly Listed[]) {
        const told = toolNameOf(`${name}_${listed.name}`);
        const unusable =
          "unusable" in listed ? listed.unusable : made.has(told) ? `another is called '${told}' already` : undefined;
        if (unusable === undefined) made.set(told, toolOf(listed as Usable));
        else ctx.note(`The tool '${listed.name}' of the MCP server '${name}' is left out: ${unusable}.`);
      }
      return [...made.values()];
    },
    close: () => connection.close(),
    setup: () => ({ close: () => connection.close() }),
  });
}

function isObject(value: Json): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
