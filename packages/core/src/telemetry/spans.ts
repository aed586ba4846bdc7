import type { AttributeValue, Attributes, TelemetrySpan, TelemetryTracer } from "./open-telemetry.ts";

/** A span that has begun. */
export interface OpenSpan {
  rename(name: string, attributes: Attributes): void;
  event(name: string, at: number, attributes: Attributes): void;
  /** Ends it; with an error, as failed. */
  end(at: number, attributes: Attributes, error?: { readonly code: string; readonly message: string }): void;
}

/** Starts spans under one another. */
export interface Spans {
  start(parent: OpenSpan | undefined, name: string, client: boolean, at: number, attributes: Attributes): OpenSpan;
}

/** The numbers that the API gives these kinds and this status. */
const internalKind = 0;
const clientKind = 2;
const errorStatus = 2;

/**
 * Makes spans with a tracer. Parents are handed on by us, never taken from what is active: a listener is told when a
 * commit is acknowledged, and commits of several runs may share a moment.
 */
export function createSpans(
  tracer: TelemetryTracer,
  under: (span: TelemetrySpan | undefined) => unknown,
  messages: boolean,
): Spans {
  const inner = new WeakMap<OpenSpan, TelemetrySpan>();
  return {
    start(parent, name, client, at, attributes) {
      const options = {
        kind: client ? clientKind : internalKind,
        attributes: present(attributes),
        startTime: new Date(at),
      };
      const span = tracer.startSpan(name, options, under(parent && inner.get(parent)) as never);
      const opened: OpenSpan = {
        rename(other, more) {
          span.updateName(other);
          span.setAttributes(present(more));
        },
        event: (what, when, more) => void span.addEvent(what, present(more), new Date(when)),
        end(when, more, error) {
          span.setAttributes(present({ ...more, "error.type": error?.code }));
          if (error !== undefined)
            span.setStatus({ code: errorStatus, message: messages ? `${error.code}: ${error.message}` : error.code });
          // Clocks of two processes may differ; a span never ends before it began.
          span.end(new Date(Math.max(when, at)));
        },
      };
      inner.set(opened, span);
      return opened;
    },
  };
}

function present(attributes: Attributes): { [key: string]: never } {
  const entries = Object.entries(attributes).filter(([, value]) => value !== undefined) as [string, AttributeValue][];
  return Object.fromEntries(entries.map(([key, value]) => [key, typeof value === "object" ? [...value] : value])) as {
    [key: string]: never;
  };
}
