import { appendFileSync } from "node:fs";
import { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

/** A real MCP server with a few tools; what it does it writes to a file, one line a call. */
export function shelfServer(file: string): McpServer {
  const server = new McpServer({ name: "shelf", version: "1.0.0" });
  const done = (line: string): void => appendFileSync(file, `${line}\n`);
  server.registerTool(
    "count",
    {
      description: "How many are left.",
      inputSchema: z.object({ article: z.string() }),
      annotations: { readOnlyHint: true },
    },
    ({ article }) => {
      done(`count ${article}`);
      return { content: [{ type: "text", text: `3 of ${article}` }] };
    },
  );
  server.registerTool(
    "sell",
    { inputSchema: z.object({ article: z.string() }), outputSchema: z.object({ sold: z.string() }) },
    ({ article }, ctx) => {
      done(`sell ${article} ${JSON.stringify(ctx.mcpReq._meta?.["brainops/key"])}`);
      return { content: [{ type: "text", text: "sold" }], structuredContent: { sold: article } };
    },
  );
  server.registerTool("burn", { description: "Fails." }, () => ({
    isError: true,
    content: [{ type: "text", text: "no matches" }],
  }));
  server.registerTool("photo", { description: "Large, and a picture." }, () => ({
    content: [
      { type: "text", text: "x".repeat(1_000) },
      { type: "image", data: "AAAA", mimeType: "image/png" },
    ],
  }));
  server.registerTool("die", { description: "Ends the server." }, () => process.exit(1));
  server.registerTool("hang", { description: "Never answers." }, () => new Promise(() => {}));
  return server;
}
