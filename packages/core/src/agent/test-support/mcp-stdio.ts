import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import { shelfServer } from "./mcp-server.ts";

// A program: the server over stdio, writing to the file that it is told.
await shelfServer(process.argv[2] ?? "").connect(new StdioServerTransport());
