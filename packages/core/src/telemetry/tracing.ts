import type { BrainEvent, Listener } from "../contracts/event.ts";
import type { Entry, Place } from "../contracts/journal.ts";
import { effectSpan, type EffectEntry, type Naming } from "./attributes.ts";
import type { Attributes } from "./open-telemetry.ts";
import type { OpenSpan, Spans } from "./spans.ts";

/** Makes spans of what happens. */
export interface Tracing {
  readonly listen: Listener;
  /** Ends what is still open: runs that wait, or that go on elsewhere. */
  close(): void;
}

/** Most runs that are open at once; beyond that the oldest is taken to go on elsewhere. */
const maxOpen = 10_000;

interface OpenRun {
  readonly span: OpenSpan;
  readonly nodes: Map<string, OpenNode>;
}

interface OpenNode {
  readonly span: OpenSpan;
  agentic: boolean;
  readonly usage: { input: number; output: number };
}

/** Makes the listener that turns entries into spans: run → node → effect, with the times of the journal. */
export function createTracing(spans: Spans, naming: Naming): Tracing {
  const runs = new Map<string, OpenRun>();

  function openRun(run: string, graph: string, at: number, more: Attributes): OpenRun {
    const name = `invoke_workflow ${graph}`;
    const opened = spans.start(undefined, name, false, at, {
      "gen_ai.operation.name": "invoke_workflow",
      "gen_ai.workflow.name": graph,
      "brainops.run.id": run,
      ...more,
    });
    const made = { span: opened, nodes: new Map<string, OpenNode>() };
    runs.set(run, made);
    const [oldest] = runs.keys();
    if (runs.size > maxOpen && oldest !== undefined) endRun(oldest, at, {});
    return made;
  }

  function endRun(run: string, at: number, attributes: Attributes, error?: { code: string; message: string }): void {
    const open = runs.get(run);
    if (open === undefined) return;
    for (const node of open.nodes.values()) node.span.end(at, {});
    open.span.end(at, attributes, error);
    runs.delete(run);
  }

  function nodeOf(open: OpenRun, place: Place & { readonly attempt: number }, startedAt: number): OpenNode {
    const key = keyOf(place);
    const known = open.nodes.get(key);
    if (known !== undefined) return known;
    const span = spans.start(open.span, `node ${place.node}`, false, startedAt, {
      "brainops.node.name": place.node,
      "brainops.node.path": place.path,
      "brainops.node.visit": place.visit,
      "brainops.attempt": place.attempt,
    });
    const made = { span, agentic: false, usage: { input: 0, output: 0 } };
    open.nodes.set(key, made);
    return made;
  }

  function effect(open: OpenRun, entry: EffectEntry): void {
    // The clock is read all the time, and is nobody's work.
    if (entry.name === "clock") return;
    const startedAt = entry.at - entry.ms;
    const node = nodeOf(open, entry, startedAt);
    const { name, client, attributes, error, attempts, agentic, usage } = effectSpan(entry, naming);
    if (agentic && !node.agentic) {
      node.agentic = true;
      node.span.rename(`invoke_agent ${entry.node}`, {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": entry.node,
      });
    }
    node.usage.input += usage.input;
    node.usage.output += usage.output;
    const span = spans.start(node.span, name, client, startedAt, attributes);
    for (const { model, outcome, startedAt: at, ms, error: failure } of attempts)
      span.event("brainops.model.attempt", at, {
        "brainops.model.name": model,
        "brainops.model.outcome": outcome,
        "brainops.model.ms": ms,
        "error.type": failure?.code,
      });
    span.end(entry.at, {}, error);
  }

  function endNode(open: OpenRun, entry: Extract<Entry, { type: "node-completed" | "node-failed" }>): void {
    const { span, agentic, usage } = nodeOf(open, entry, entry.at - ("ms" in entry ? entry.ms : 0));
    const tokens = { "gen_ai.usage.input_tokens": usage.input, "gen_ai.usage.output_tokens": usage.output };
    span.end(entry.at, agentic ? tokens : {}, entry.type === "node-failed" ? entry.body?.error : undefined);
    open.nodes.delete(keyOf(entry));
  }

  function listen(event: BrainEvent): void {
    if (event.type !== "entry") return;
    const { run, graph, entry } = event;
    const { at } = entry;
    if (entry.type === "run-started") {
      const { version, scope, forkOf } = entry;
      openRun(run, graph, at, {
        "brainops.graph.version": version,
        "brainops.scope": scope,
        "brainops.run.fork_of": forkOf?.at(-1)?.run,
      });
      return;
    }
    if (entry.type === "run-taken") endRun(run, at, {});
    const open = runs.get(run) ?? openRun(run, graph, at, { "brainops.run.resumed": true });
    switch (entry.type) {
      case "effect-completed":
      case "effect-failed":
        return effect(open, entry);
      case "noted":
      case "waiting":
        return nodeOf(open, entry, at).span.event(`brainops.${entry.type}`, at, {
          "brainops.waiting.for": entry.type === "waiting" ? entry.for : undefined,
          "brainops.text": naming.content ? entry.body?.text : undefined,
        });
      case "node-completed":
      case "node-failed":
        return endNode(open, entry);
      case "run-completed":
        return endRun(run, at, { "brainops.run.status": "completed" });
      case "run-failed":
        return endRun(run, at, { "brainops.run.status": "failed" }, entry.body?.error);
      case "run-aborted":
        return endRun(run, at, { "brainops.run.status": "aborted" });
      default:
    }
  }

  return {
    listen,
    close() {
      for (const run of runs.keys()) endRun(run, Date.now(), { "brainops.run.status": "open" });
    },
  };
}

const keyOf = ({ path, node, visit }: Place): string => `${path}/${node}#${visit}`;
