/** A value of an attribute. */
export type AttributeValue = string | number | boolean | readonly string[];

/** Attributes of a span; what is `undefined` is left out. */
export type Attributes = { readonly [key: string]: AttributeValue | undefined };

/** What is needed of a span of OpenTelemetry. */
export interface TelemetrySpan {
  /** Adds attributes. */
  setAttributes(attributes: { [key: string]: never }): unknown;
  /** Adds an event at a time. */
  addEvent(name: string, attributes?: { [key: string]: never }, time?: Date): unknown;
  /** Says how it ended: 2 is an error. */
  setStatus(status: { code: number; message?: string }): unknown;
  /** Gives it another name. */
  updateName(name: string): unknown;
  /** Ends it at a time. */
  end(time?: Date): void;
}

/** What is needed of a tracer: any `Tracer` of `@opentelemetry/api` fits. */
export interface TelemetryTracer {
  /** Starts a span under the one in the context. */
  startSpan(
    name: string,
    options?: { kind?: number; attributes?: { [key: string]: never }; startTime?: Date },
    context?: never,
  ): TelemetrySpan;
}
