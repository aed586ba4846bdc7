import { createServer } from "node:http";
import { listItems } from "./catalogue.js";
import { watchedConfig } from "./config.js";
import { parseLines } from "./lines.js";
import { createQuoter } from "./quote.js";
import { createStock } from "./stock.js";

/** The whole service as an HTTP server that does not listen yet. */
export function createService({ configFile }) {
  const config = watchedConfig(configFile);
  const stock = createStock();
  const quoter = createQuoter();

  async function answer(request) {
    const url = new URL(request.url, "http://localhost");
    const route = `${request.method} ${url.pathname}`;
    if (route === "GET /health") {
      const { error } = config.read();
      return error === undefined ? [200, { status: "ok" }] : [503, { status: "failing", reason: error }];
    }
    const { error, value } = config.read();
    if (error !== undefined) return [503, { error }];
    if (route === "GET /items") {
      const page = Number(url.searchParams.get("page") ?? 1);
      const size = Number(url.searchParams.get("size") ?? 5);
      return [200, { items: listItems(page, size) }];
    }
    if (route === "GET /quote") {
      const lines = parseLines(url.searchParams.get("items") ?? "");
      return [200, await quoter.quote(lines, value)];
    }
    if (route === "POST /orders") {
      const lines = parseLines(JSON.parse(await text(request)).items);
      return (await stock.reserve(lines)) ? [201, { ordered: lines }] : [409, { error: "not enough in stock" }];
    }
    return [404, { error: `nothing at ${route}` }];
  }

  return createServer((request, response) => {
    answer(request)
      .catch((error) => [error.status ?? 500, { error: error.message }])
      .then(([status, body]) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      });
  });
}

async function text(request) {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
}
