import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "vitest";
import { modelSuite, type ModelUnderTest, type ScriptedAnswer } from "@brainops/core/testing";
import { parrot } from "./parrot.ts";

const statuses: { readonly [code: string]: number } = {
  invalid_request: 400,
  auth: 401,
  not_found: 404,
  rate_limit: 429,
  overloaded: 503,
};

/** The lines in which the server says an answer. */
function lines(answer: ScriptedAnswer): object[] {
  const text = answer.output === undefined ? (answer.text ?? []) : JSON.stringify(answer.output);
  const calls = answer.toolCalls ?? [];
  const end = answer.finishReason === "length" ? "full" : calls.length > 0 ? "calls" : "done";
  return [
    ...(typeof text === "string" ? [text] : text).map((say) => ({ say })),
    ...calls.map(({ id, name, args }, index) => ({ call: { id: id ?? `call_${index}`, name, args } })),
    { end, used: { in: answer.usage?.inputTokens ?? 10, out: answer.usage?.outputTokens ?? 5 } },
  ];
}

function say(response: ServerResponse, answer: ScriptedAnswer): void {
  if (answer.hang === true) return;
  const begun = answer.text !== undefined || answer.toolCalls !== undefined;
  if (answer.fail !== undefined && !begun) {
    response.writeHead(statuses[answer.fail.code] ?? 500, { "retry-after": "2" }).end();
    return;
  }
  const all = lines(answer).map((line) => `${JSON.stringify(line)}\n`);
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.end((answer.fail === undefined ? all : all.slice(0, -1)).join(""));
}

async function create(answer: ScriptedAnswer): Promise<ModelUnderTest> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => say(response, answer));
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  return {
    model: parrot({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
    async close() {
      server.closeAllConnections();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}

describe("a provider of one's own", () => {
  modelSuite({ describe, test }, { create });
});
