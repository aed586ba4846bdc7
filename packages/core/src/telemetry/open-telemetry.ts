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
  setStatus(status: {
    /** 1: well. 2: an error. */
    code: number;
    /** What went wrong. */
    message?: string;
  }): unknown;
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
    options?: {
      /** 0: within the process. 2: a call of something outside, such as a model. */
      kind?: number;
      /** What is known when it starts. */
      attributes?: { [key: string]: never };
      /** When it started. */
      startTime?: Date;
    },
    context?: never,
  ): TelemetrySpan;
}
