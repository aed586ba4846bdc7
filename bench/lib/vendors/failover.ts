import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Model, ModelResponse } from "@brainops/core";
import { chain, claude } from "@brainops/providers";
import { median } from "../stats.ts";
import type { Report } from "../report.ts";
import { request } from "./asked.ts";

const apiKey = "bench-key-0000";
const attemptMs = 200;

/** How the first model is dead, and what is known of when the chain could have known it. */
const ways: readonly {
  readonly name: string;
  readonly path: string;
  readonly stream: boolean;
  readonly waits?: number;
}[] = [
  { name: "refused", path: "refused", stream: false },
  { name: "reset", path: "reset", stream: false },
  { name: "HTTP 529", path: "529", stream: false },
  { name: "cut before the first event", path: "cut-before", stream: true },
  { name: "cut after the first event, restart", path: "cut-after", stream: true },
  { name: `hung, ${attemptMs} ms allowed`, path: "hung", stream: false, waits: attemptMs },
];

/** The time from the call to the moment when the next model is asked, over what waiting for the failure was allowed. */
export async function failover(out: Report, url: string, rounds: number): Promise<void> {
  const closed = await closedPort();
  for (const way of ways) {
    const baseUrl = way.path === "refused" ? closed : `${url}/${way.path}`;
    const added: number[] = [];
    const first = claude({ apiKey, baseUrl });
    const times = way.waits === undefined ? rounds : Math.min(rounds, 10);
    for (let round = -5; round < times; round += 1) {
      let askedAt = 0;
      const next = noting(() => (askedAt = performance.now()));
      // A new chain each time: a breaker would leave the dead model out.
      const model = chain([first, next], { attemptMs, onCut: "restart" });
      const started = performance.now();
      if (way.stream) for await (const _part of model.stream(request));
      else await model.generate(request);
      if (round >= 0) added.push(askedAt - started - (way.waits ?? 0));
    }
    out.row({
      scenario: "failover",
      first_model: way.name,
      added_p50_ms: Number(median(added).toFixed(2)),
      added_max_ms: Number(Math.max(...added).toFixed(2)),
      allowed_ms: 5,
    });
  }
}

function noting(asked: () => void): Model {
  const response: ModelResponse = {
    text: "Here.",
    toolCalls: [],
    reasoning: [],
    message: { role: "assistant", content: "Here." },
    finishReason: "stop",
    usage: { inputTokens: 1, outputTokens: 1 },
    model: { name: "next", id: "next" },
  };
  return {
    name: "next",
    generate() {
      asked();
      return Promise.resolve(response);
    },
    async *stream() {
      asked();
      yield await Promise.resolve({ type: "finish" as const, response });
    },
  };
}

/** An address where nobody listens. */
async function closedPort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}
