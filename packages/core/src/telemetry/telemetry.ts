import type * as Api from "@opentelemetry/api";
import type { Plugin, PluginHandle } from "../contracts/plugin.ts";
import { plugin } from "../define.ts";
import type { TelemetrySpan, TelemetryTracer } from "./open-telemetry.ts";
import { createSpans } from "./spans.ts";
import { createTracing } from "./tracing.ts";

/** What {@link telemetry} can be told. */
export interface TelemetryOptions {
  /** Makes the spans. Default: the global provider's tracer called `@brainops/core`. */
  readonly tracer?: TelemetryTracer;
  /**
   * Whether what was said comes along: messages, arguments, results, notes, and the messages of errors. Default
   * false. Long requests to models are not in the journal, so they are not here either.
   */
  readonly content?: boolean;
  /**
   * `gen_ai.provider.name` by a model's name, for models of your own. Known are `claude`, `gpt` and `gemini`; any
   * other is called as it calls itself. Default: none.
   */
  readonly providers?: { readonly [model: string]: string };
}

/**
 * A plugin that turns the journal into OpenTelemetry spans, in the words of the GenAI conventions: `invoke_workflow`
 * for a run, below it one for each node (`invoke_agent` when it asks models or calls tools), below that `chat`,
 * `execute_tool` and one for each other effect. Times and parents are those of the journal, so a span tells what is
 * durable. Each process that goes on with a run makes a trace of its own; `brainops.run.id` joins them.
 *
 * Needs the package `@opentelemetry/api`; without it the plugin does nothing, and its health says so. Spans go where
 * the application's SDK sends them.
 *
 * @example
 * ```ts
 * import { createBrain } from "@brainops/core";
 * import { telemetry } from "@brainops/core/telemetry";
 * import { memoryStore } from "@brainops/core/testing";
 * const brain = await createBrain({ store: memoryStore(), plugins: [telemetry()] });
 * await brain.close();
 * ```
 */
export function telemetry(options: TelemetryOptions = {}): Plugin {
  return plugin({
    name: "telemetry",
    async setup(registrar): Promise<PluginHandle> {
      const api = await load();
      if (api === undefined)
        return { health: () => ({ ok: true, detail: "No spans: @opentelemetry/api is not installed." }) };
      const { ROOT_CONTEXT, trace } = api;
      const tracer: TelemetryTracer = options.tracer ?? trace.getTracer("@brainops/core");
      const under = (span: TelemetrySpan | undefined): unknown =>
        span === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, span as never);
      const { content = false, providers = {} } = options;
      const tracing = createTracing(createSpans(tracer, under, content), { content, providers });
      registrar.on(tracing.listen);
      return { close: () => tracing.close() };
    },
  });
}

async function load(): Promise<typeof Api | undefined> {
  try {
    return await import("@opentelemetry/api");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
