import type { Entry } from "./journal.ts";
import type { StreamPart } from "./model.ts";

/** What listeners get: durable entries as they are acknowledged, and, beside them, passing deltas of models. */
export type BrainEvent =
  | { readonly type: "entry"; readonly run: string; readonly graph: string; readonly entry: Entry }
  | {
      readonly type: "delta";
      readonly run: string;
      readonly path: string;
      readonly node: string;
      readonly visit: number;
      readonly call: number;
      readonly part: StreamPart;
    };

/** Told of events. A listener that throws is reported once on stderr and does not disturb the run. */
export type Listener = (event: BrainEvent) => void;
