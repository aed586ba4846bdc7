import { BrainOpsError } from "../contracts/error.ts";
import { connectionError } from "./mcp-error.ts";

/** A tool as an MCP server lists it. */
export interface McpTool {
  /** What the server calls it. */
  readonly name: string;
  /** What it does, as the server says: handed to the model, and text from outside. */
  readonly description?: string | undefined;
  /** JSON Schema of its arguments, as the server says it. */
  readonly inputSchema: object;
  /** What the server says of its tool. Hints: they may be wrong. */
  readonly annotations?:
    | {
        /** It changes nothing. */
        readonly readOnlyHint?: boolean | undefined;
        /** It may delete or overwrite. */
        readonly destructiveHint?: boolean | undefined;
        /** Doing it twice with the same arguments is doing it once. */
        readonly idempotentHint?: boolean | undefined;
      }
    | undefined;
}

/** What a tool of an MCP server gave back. */
export interface McpCallResult {
  /** What it says, in parts; those of type `text` are handed to the model. */
  readonly content?:
    | readonly {
        /** Kind of the part, such as `text` or `image`. */
        readonly type: string;
      }[]
    | undefined;
  /** What it says as JSON. Where it is there, the model gets it instead of `content`. */
  readonly structuredContent?: unknown;
  /** The tool failed, and `content` says how. */
  readonly isError?: boolean | undefined;
}

/** What is needed of a client: one of `@modelcontextprotocol/client` 2 fits. */
export interface McpClient {
  /** Lists all tools. */
  listTools(
    params?: undefined,
    options?: McpCallOptions,
  ): Promise<{
    /** All of them. */
    readonly tools: readonly McpTool[];
  }>;
  /** Calls one. */
  callTool(
    params: {
      /** Name of the tool. */
      name: string;
      /** What it is called with. */
      arguments?: Record<string, unknown>;
      /** What goes along beside the arguments; `brainops/key` is the same for every try of a call. */
      _meta?: Record<string, unknown>;
    },
    options?: McpCallOptions,
  ): Promise<McpCallResult>;
}

/** What comes along with a request. */
export interface McpCallOptions {
  /** Cancels it. Default: nothing does. */
  readonly signal?: AbortSignal;
  /** Milliseconds for the request. Default: the client's. */
  readonly timeout?: number;
}

/** Where an MCP server is: a command to start, an address, or a client that is connected already. */
export type McpServer =
  | {
      /** Started at the first use, and spoken with over stdio. */
      readonly command: string;
      /** Its arguments. Default: none. */
      readonly args?: readonly string[];
      /** Its environment, beside a few harmless variables. Never journaled. */
      readonly env?: { readonly [name: string]: string };
      /** Folder that it is started in. Default: that of this process. */
      readonly cwd?: string;
    }
  | {
      /** Address of a server that speaks Streamable HTTP. */
      readonly url: string | URL;
      /** Sent with every request. Never journaled. */
      readonly headers?: { readonly [name: string]: string };
    }
  | {
      /** A connected client; whoever made it closes it. */
      readonly client: McpClient;
    };

/** A connection that is made when it is first needed, and again when it was lost. */
export interface McpConnection {
  client(): Promise<McpClient>;
  close(): Promise<void>;
}

const packageName = "@modelcontextprotocol/client";

type Connectable = McpClient & { close(): Promise<void> };

/** Makes the connection to a server; nothing is started or loaded before the first use. */
export function createConnection(name: string, server: McpServer): McpConnection {
  if ("client" in server) return { client: () => Promise.resolve(server.client), close: () => Promise.resolve() };
  let open: Promise<Connectable> | undefined;
  return {
    client() {
      if (open !== undefined) return open;
      const lost = (): void => {
        if (open === made) open = undefined;
      };
      const made = connect(name, server, lost);
      open = made;
      made.catch(lost);
      return made;
    },
    async close() {
      const closing = open;
      open = undefined;
      await closing?.then(
        (client) => client.close(),
        () => {},
      );
    },
  };
}

async function connect(
  name: string,
  server: Exclude<McpServer, { client: McpClient }>,
  lost: () => void,
): Promise<Connectable> {
  const { Client, StreamableHTTPClientTransport } = await load(name, () => import("@modelcontextprotocol/client"));
  const client = new Client({ name: "brainops", version: "1" });
  // A property of the client, no event of the DOM.
  Object.assign(client, { onclose: lost });
  try {
    if ("url" in server) {
      const requestInit = server.headers === undefined ? {} : { requestInit: { headers: { ...server.headers } } };
      await client.connect(new StreamableHTTPClientTransport(new URL(server.url), requestInit));
    } else {
      const { StdioClientTransport } = await load(name, () => import("@modelcontextprotocol/client/stdio"));
      const { command, args = [], env, cwd } = server;
      const more = { ...(env === undefined ? {} : { env: { ...env } }), ...(cwd === undefined ? {} : { cwd }) };
      await client.connect(new StdioClientTransport({ command, args: [...args], stderr: "ignore", ...more }));
    }
  } catch (error) {
    await client.close().catch(() => {});
    throw connectionError(name, error);
  }
  return client;
}

async function load<T>(name: string, loading: () => Promise<T>): Promise<T> {
  try {
    return await loading();
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    if (!missing || !cause.message.includes(packageName)) throw cause;
    throw new BrainOpsError(
      "unsupported",
      `The MCP server '${name}' needs the package ${packageName}, which is not installed. Install it (npm i ${packageName}), or hand in a client.`,
      { cause },
    );
  }
}
