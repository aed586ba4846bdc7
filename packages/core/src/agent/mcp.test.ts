import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBrain, stateOf } from "@brainops/core";
import { mcpTools, type McpClient, type McpOptions, type McpTool, type McpTools } from "@brainops/core/agent";
import { memoryStore } from "@brainops/core/testing";
import { alone, ask, calls, clerk, resultsIn, says } from "./fixture.ts";
import { shelfServer } from "./test-support/mcp-server.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brainops-mcp-"));
  file = join(folder, "done.txt");
});
afterEach(() => rmSync(folder, { recursive: true }));

const done = (): string[] => readFileSync(file, "utf8").trim().split("\n");

/** The tools of a server in a process of its own. */
function shelf(more: Partial<McpOptions> = {}): McpTools {
  const program = fileURLToPath(new URL("./test-support/mcp-stdio.ts", import.meta.url));
  const args = ["--disable-warning=ExperimentalWarning", program, file];
  return mcpTools({ name: "shelf", server: { command: process.execPath, args }, ...more });
}

describe("tools of an MCP server", () => {
  test("are listed and called in effects; a replay needs no server", async () => {
    const source = shelf();
    const model = says(calls(["shelf_count", { article: "lamp" }], ["shelf_sell", { article: "lamp" }]), "sold");
    const journal = await ask(
      clerk({ tools: [source] }),
      model,
      async (brain) => {
        const entries = await brain.journal("r");
        expect(entries.flatMap((entry) => (entry.type === "effect-completed" ? [entry.name] : [])).sort()).toEqual([
          "mcp.shelf.list",
          "model.generate",
          "model.generate",
          "tool.shelf_count",
          "tool.shelf_sell",
        ]);
        // The same agent with a server that is not there.
        const gone = alone(clerk({ tools: [shelf({ server: { command: "/no/such/program" } })] }));
        expect(await brain.replay({ journal: await brain.export("r") }, gone)).toMatchObject({ equal: true });
        // Hints of a server do not decide: in doubt, a person is asked.
        expect(entries.filter(({ type }) => type === "effect-intended")).toHaveLength(2);
      },
      { plugins: [source] },
    );
    expect(stateOf(journal).answer).toBe("sold");
    expect(model.calls[0]?.request.tools?.[0]).toMatchObject({
      name: "shelf_count",
      description: "How many are left.",
      parameters: { type: "object", properties: { article: { type: "string" } }, required: ["article"] },
    });
    expect(resultsIn(model.calls[1]?.request)).toEqual([
      { trust: "outside", data: "3 of lamp" },
      { trust: "outside", data: { sold: "lamp" } },
    ]);
    expect(done().sort()).toEqual(["count lamp", 'sell lamp "r/clerk#0/3/tool.shelf_sell"']);
  });

  test("have the class that the caller gives them, and may be chosen", async () => {
    const source = shelf({
      only: ["count"],
      class: ({ annotations }) => (annotations?.readOnlyHint === true ? "pure" : "irreversible"),
    });
    const model = says(calls(["shelf_count", { article: "lamp" }]), "ok");
    await ask(
      clerk({ tools: [source] }),
      model,
      async (brain) => {
        const called = (await brain.journal("r")).find(
          (entry) => entry.type === "effect-completed" && entry.name === "tool.shelf_count",
        );
        expect(called).toMatchObject({ class: "pure" });
      },
      { plugins: [source] },
    );
    expect(model.calls[0]?.request.tools).toHaveLength(1);
  });

  test("tell the model what went wrong, with a code; a server that died is started again", async () => {
    const source = shelf({ maxChars: 100 });
    const model = says(
      calls(["shelf_burn", {}], ["shelf_sell", { article: 7 }], ["shelf_photo", {}]),
      calls(["shelf_die", {}]),
      calls(["shelf_count", { article: "lamp" }]),
      "ok",
    );
    expect(stateOf(await ask(clerk({ tools: [source] }), model, undefined, { plugins: [source] })).answer).toBe("ok");
    const results = model.calls.map(({ request }) => resultsIn(request));
    expect(results[1]).toMatchObject([
      { error: "effect_failed", message: "no matches" },
      { error: "effect_failed", message: expect.stringContaining("article") as unknown },
      { data: expect.stringMatching(/^x+\n\[… \d+ characters left out …\]\nx+\n\[image image\/png\]$/) as unknown },
    ]);
    expect(results[2]).toMatchObject([{ error: "network" }]);
    expect(results[3]).toEqual([{ trust: "outside", data: "3 of lamp" }]);
  });

  test("time out", async () => {
    const source = shelf({ timeoutMs: 2_000, only: ["hang"] });
    const model = says(calls(["shelf_hang", {}]), "ok");
    await ask(clerk({ tools: [source] }), model, undefined, { plugins: [source] });
    expect(resultsIn(model.calls[1]?.request)).toMatchObject([{ error: "timeout" }]);
  });

  test("come over HTTP, too, with the caller's headers", async () => {
    const keys: unknown[] = [];
    const handler = createMcpHandler(() => shelfServer(file));
    const http = createServer((request, response) => {
      keys.push(request.headers["x-key"]);
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", async () => {
        const body = request.method === "POST" ? { body: Buffer.concat(chunks) } : {};
        const headers = request.headers as Record<string, string>;
        const answer = await handler.fetch(
          new Request(`http://localhost${request.url}`, { method: request.method ?? "GET", headers, ...body }),
        );
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        response.end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const { port } = http.address() as AddressInfo;
    const source = shelf({ server: { url: `http://127.0.0.1:${port}/mcp`, headers: { "x-key": "k" } } });
    const model = says(calls(["shelf_count", { article: "lamp" }]), "ok");
    try {
      await ask(clerk({ tools: [source] }), model, undefined, { plugins: [source] });
    } finally {
      await handler.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    }
    expect(resultsIn(model.calls[1]?.request)).toEqual([{ trust: "outside", data: "3 of lamp" }]);
    expect(new Set(keys)).toEqual(new Set(["k"]));
  });

  test("may come from a client that is handed in", async () => {
    const client: McpClient = {
      listTools: () => Promise.resolve({ tools: [{ name: "a.b", inputSchema: { type: "object" } }] }),
      callTool: ({ name }) => Promise.resolve({ content: [{ type: "text", text: `called ${name}` }] as never }),
    };
    const model = says(calls(["shelf_a_b", {}]), "ok");
    await ask(clerk({ tools: [mcpTools({ name: "shelf", server: { client } })] }), model);
    expect(resultsIn(model.calls[1]?.request)).toEqual([{ trust: "outside", data: "called a.b" }]);
  });

  test("that no model can be told of are left out, and it is said why; the others are there", async () => {
    const schema = { type: "object" };
    const tools = [
      { name: "a.b", inputSchema: schema },
      { name: "a_b", inputSchema: schema },
      { name: "text", inputSchema: { type: "string" } },
      { name: "none" },
    ] as unknown as readonly McpTool[];
    const client: McpClient = {
      listTools: () => Promise.resolve({ tools }),
      callTool: ({ name }) => Promise.resolve({ content: [{ type: "text", text: `called ${name}` }] as never }),
    };
    const model = says(calls(["shelf_a_b", {}]), "ok");
    await ask(clerk({ tools: [mcpTools({ name: "shelf", server: { client } })] }), model, async (brain) => {
      const notes = (await brain.journal("r")).flatMap((entry) => (entry.type === "noted" ? [entry.body?.text] : []));
      expect(notes).toEqual([
        "The tool 'a_b' of the MCP server 'shelf' is left out: another is called 'shelf_a_b' already.",
        "The tool 'text' of the MCP server 'shelf' is left out: its inputSchema is not the schema of an object.",
        "The tool 'none' of the MCP server 'shelf' is left out: its inputSchema is not the schema of an object.",
      ]);
    });
    expect(model.calls[0]?.request.tools?.map(({ name }) => name)).toEqual(["shelf_a_b"]);
    expect(resultsIn(model.calls[1]?.request)).toEqual([{ trust: "outside", data: "called a.b" }]);
    const broken: McpClient = { ...client, listTools: () => Promise.resolve({} as never) };
    const failed = await ask(
      clerk({ tools: [mcpTools({ name: "shelf", server: { client: broken } })] }),
      says("never"),
    );
    expect(failed).toMatchObject({ status: "failed", error: { code: "invalid_response" } });
  });

  test.each([
    [{ server: { command: "/no/such/program" } }, "network"],
    [{ only: ["nothing"] }, "not_found"],
  ])("that cannot be had fail the node: %j", async (more, code) => {
    const source = shelf(more);
    const shop = alone(clerk({ tools: [source] }));
    const brain = await createBrain({ store: memoryStore(), model: says("never"), plugins: [source], graphs: [shop] });
    expect(await brain.run(shop, { question: "?" })).toMatchObject({ status: "failed", error: { code } });
    await brain.close();
  });
});
