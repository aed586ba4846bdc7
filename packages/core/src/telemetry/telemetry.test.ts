import { execFileSync } from "node:child_process";
import { trace } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from "@opentelemetry/sdk-trace";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createBrain, END, graph, START, type BrainOptions, type Model } from "@brainops/core";
import { agent, askPerson, tool } from "@brainops/core/agent";
import { telemetry, type TelemetryOptions } from "@brainops/core/telemetry";
import { memoryStore, scriptedModel, virtualClock } from "@brainops/core/testing";

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const tracer = provider.getTracer("test");
afterEach(() => exporter.reset());

const state = z.object({ question: z.string(), answer: z.string().default(""), n: z.number().default(0) });
const stock = tool({
  name: "stock",
  description: "How many are left.",
  input: z.object({ article: z.string() }),
  class: "idempotent",
  run: ({ article }) => {
    if (article === "unicorn") throw new Error("secret reason");
    return "three of them";
  },
});
const clerk = agent({
  name: "clerk",
  instructions: "Answer.",
  input: z.object({ question: z.string() }),
  prompt: ({ question }) => question,
  tools: [stock, askPerson()],
  settings: { maxTokens: 99 },
});
const shop = graph({ name: "shop", version: "7", state })
  .node("note", async (_, ctx) => {
    ctx.now();
    ctx.note("a secret note");
    await ctx.effect({ name: "till.open", class: "pure", run: () => 1 });
    return { n: 1 };
  })
  .node(clerk)
  .edge(START, "note")
  .edge("note", "clerk")
  .edge("clerk", END)
  .build();

/** Runs the shop, and gives its spans by name. */
async function spansOf(
  model: Model,
  options: TelemetryOptions = {},
  more: Partial<BrainOptions> = {},
): Promise<ReadonlyMap<string, ReadableSpan>> {
  const plugins = [telemetry({ tracer, ...options })];
  const brain = await createBrain({ store: memoryStore(), model, plugins, graphs: [shop], ...more });
  await brain.run(shop, { question: "Are there lamps?" }, { id: "r", scope: "acme" });
  await brain.close();
  return new Map(exporter.getFinishedSpans().map((span) => [span.name, span]));
}

const cached = { cachedInputTokens: 4, cacheWriteTokens: 3, reasoningTokens: 2 };
const answers = (article: string): Model =>
  scriptedModel([
    { when: "lamps", answer: { toolCalls: [{ name: "stock", args: { article } }] } },
    { answer: { text: "A secret answer.", usage: { inputTokens: 10, outputTokens: 5, ...cached } } },
  ]);

describe("telemetry", () => {
  test("makes spans of run, nodes, effects and model calls, each under its own", async () => {
    const spans = await spansOf(answers("lamp"));
    const parents = [...spans.values()].map((span) => {
      const parent = [...spans.values()].find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
      return [span.name, parent?.name];
    });
    expect(parents).toEqual([
      ["till.open", "node note"],
      ["node note", "invoke_workflow shop"],
      ["chat scripted", "invoke_agent clerk"],
      ["execute_tool stock", "invoke_agent clerk"],
      ["invoke_agent clerk", "invoke_workflow shop"],
      ["invoke_workflow shop", undefined],
    ]);
    expect(new Set([...spans.values()].map((span) => span.spanContext().traceId)).size).toBe(1);
    expect(spans.get("chat scripted")?.kind).toBe(2);
    expect(spans.get("execute_tool stock")?.kind).toBe(0);
  });

  test("says what the conventions say, and no contents", async () => {
    const spans = await spansOf(answers("lamp"), { providers: { scripted: "script" } });
    const attributes = (name: string): unknown => spans.get(name)?.attributes;
    expect(attributes("invoke_workflow shop")).toEqual({
      "gen_ai.operation.name": "invoke_workflow",
      "gen_ai.workflow.name": "shop",
      "brainops.run.id": "r",
      "brainops.run.status": "completed",
      "brainops.graph.version": "7",
      "brainops.scope": "acme",
    });
    expect(attributes("chat scripted")).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "script",
      "gen_ai.output.type": "text",
      "gen_ai.request.model": "scripted",
      "gen_ai.response.model": "scripted",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 10,
      "gen_ai.usage.output_tokens": 5,
      "gen_ai.usage.cache_read.input_tokens": 4,
      "gen_ai.usage.cache_write.input_tokens": 3,
      "gen_ai.usage.cache_creation.input_tokens": 3,
      "gen_ai.usage.reasoning.output_tokens": 2,
      "brainops.effect.name": "model.generate",
      "brainops.effect.class": "idempotent",
      "brainops.attempt": 1,
    });
    expect(attributes("execute_tool stock")).toEqual({
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "stock",
      "gen_ai.tool.type": "function",
      "brainops.effect.name": "tool.stock",
      "brainops.effect.class": "idempotent",
      "brainops.attempt": 1,
    });
    expect(attributes("invoke_agent clerk")).toMatchObject({
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": "clerk",
      "gen_ai.usage.output_tokens": expect.any(Number) as unknown,
    });
    const all = exporter
      .getFinishedSpans()
      .map(({ attributes, events, status, name }) => ({ attributes, events, status, name }));
    expect(JSON.stringify(all)).not.toMatch(/secret|lamps|three of them/);
    expect(spans.get("node note")?.events.map(({ name }) => name)).toEqual(["brainops.noted"]);
  });

  test("brings the contents along when it is asked to", async () => {
    const spans = await spansOf(answers("lamp"), { content: true });
    const { attributes = {} } = spans.get("chat scripted") ?? {};
    expect(JSON.parse(String(attributes["gen_ai.output.messages"]))).toEqual([
      { role: "assistant", parts: [{ type: "text", content: "A secret answer." }], finish_reason: "stop" },
    ]);
    expect(spans.get("execute_tool stock")?.attributes).toMatchObject({
      "gen_ai.tool.call.arguments": '{"article":"lamp"}',
      "gen_ai.tool.call.result": '"three of them"',
    });
    expect(spans.get("node note")?.events[0]?.attributes).toEqual({ "brainops.text": "a secret note" });
  });

  test("marks what failed with its code: tools, model calls, nodes and runs", async () => {
    const told = await spansOf(answers("unicorn"));
    expect(told.get("execute_tool stock")).toMatchObject({
      status: { code: 2, message: "effect_failed" },
      attributes: { "error.type": "effect_failed" },
    });
    expect(told.get("invoke_agent clerk")?.status.code).toBe(0);
    exporter.reset();
    const down = await spansOf(scriptedModel([{ answer: { fail: { code: "overloaded" } } }]));
    for (const name of ["chat", "invoke_agent clerk", "invoke_workflow shop"])
      expect(down.get(name)).toMatchObject({
        status: { code: 2, message: "overloaded" },
        attributes: { "error.type": "overloaded" },
      });
  });

  test("has the times of the journal", async () => {
    const clock = virtualClock(Date.UTC(2026, 0, 1));
    const model = scriptedModel([{ answer: "ok" }]);
    const slow: Model = {
      ...model,
      async *stream(request, call) {
        await clock.sleep(1_500);
        yield* model.stream(request, call);
      },
    };
    const ticking = setInterval(() => void clock.next(), 1);
    const spans = await spansOf(slow, {}, { clock }).finally(() => clearInterval(ticking));
    const seconds = ([whole, nanos]: readonly [number, number]): number => whole + nanos / 1e9;
    const { startTime, endTime } = spans.get("chat scripted") ?? { startTime: [0, 0], endTime: [0, 0] };
    expect(seconds(endTime as [number, number]) - seconds(startTime as [number, number])).toBe(1.5);
    expect(seconds(startTime as [number, number])).toBe(Date.UTC(2026, 0, 1) / 1000);
  });

  test("ends what waits when the Brain is closed; whoever goes on makes a trace of its own", async () => {
    const store = memoryStore();
    const model = scriptedModel([
      { when: "lamps", answer: { toolCalls: [{ name: "ask_person", args: { question: "May I?" } }] } },
      { answer: "ok" },
    ]);
    await spansOf(model, {}, { store });
    const before = exporter.getFinishedSpans().find(({ name }) => name === "invoke_workflow shop");
    expect(before?.attributes["brainops.run.status"]).toBe("open");
    const asked = exporter.getFinishedSpans().find(({ name }) => name === "invoke_agent clerk");
    expect(asked?.events).toMatchObject([
      { name: "brainops.waiting", attributes: { "brainops.waiting.for": "answer" } },
    ]);
    exporter.reset();
    const brain = await createBrain({ store, model, plugins: [telemetry({ tracer })], graphs: [shop] });
    const waiting = await brain.resume("r");
    if (waiting.status !== "waiting") throw new Error(`it is ${waiting.status}`);
    await brain.answer("r", waiting.questions[0]?.id ?? "", "yes");
    await brain.resume("r");
    await brain.close();
    const after = exporter
      .getFinishedSpans()
      .filter(({ name }) => name === "invoke_workflow shop")
      .at(-1);
    expect(after?.attributes).toMatchObject({
      "brainops.run.id": "r",
      "brainops.run.status": "completed",
      "brainops.run.resumed": true,
    });
    expect(after?.spanContext().traceId).not.toBe(before?.spanContext().traceId);
  });

  test("takes the global provider when it is handed no tracer", async () => {
    trace.setGlobalTracerProvider(provider);
    try {
      const brain = await createBrain({
        store: memoryStore(),
        model: answers("lamp"),
        plugins: [telemetry()],
        graphs: [shop],
      });
      await brain.run(shop, { question: "?" });
      await brain.close();
      expect(exporter.getFinishedSpans().map(({ name }) => name)).toContain("invoke_workflow shop");
    } finally {
      trace.disable();
    }
  });

  test("does nothing without the API package, and says so; MCP tools say what to install", () => {
    const hide = `import { registerHooks } from "node:module";
      registerHooks({
        resolve(name, context, next) {
          if (!/^@(opentelemetry|modelcontextprotocol)/.test(name)) return next(name, context);
          throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: "ERR_MODULE_NOT_FOUND" });
        },
      });`;
    const program = `import { createBrain, END, graph, START } from "@brainops/core";
      import { agent, mcpTools } from "@brainops/core/agent";
      import { telemetry } from "@brainops/core/telemetry";
      import { memoryStore, scriptedModel } from "@brainops/core/testing";
      import { z } from "zod";
      const files = mcpTools({ name: "files", server: { command: "files" } });
      const clerk = agent({ name: "clerk", instructions: "", input: z.object({}), tools: [files] });
      const shop = graph({ name: "shop", state: z.object({ answer: z.string().default("") }) })
        .node(clerk).edge(START, "clerk").edge("clerk", END).build();
      const model = scriptedModel([{ answer: "ok" }]);
      const brain = await createBrain({ store: memoryStore(), model, plugins: [telemetry()], graphs: [shop] });
      const { error } = await brain.run(shop, {});
      console.log(JSON.stringify({ health: await brain.health(), code: error.code, message: error.message }));
      await brain.close();`;
    const args = ["--conditions=@brainops/source", "--disable-warning=ExperimentalWarning", "--input-type=module"];
    const printed = execFileSync(
      process.execPath,
      [...args, `--import=data:text/javascript,${encodeURIComponent(hide)}`, "-e", program],
      { cwd: import.meta.dirname, encoding: "utf8" },
    );
    expect(printed).toContain("No spans: @opentelemetry/api is not installed.");
    expect(JSON.parse(printed)).toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("npm i @modelcontextprotocol/client") as unknown,
    });
  });
});
