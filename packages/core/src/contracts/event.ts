import type { Entry } from "./journal.ts";
import type { StreamPart } from "./model.ts";

/** What listeners get: durable entries as they are acknowledged, and, beside them, passing deltas of models. */
export type BrainEvent =
  | {
      /** An entry is durable. Each is told once by the process that made it, in order. */
      readonly type: "entry";
      /** Id of the run that it is of. */
      readonly run: string;
      /** Name of the graph of that run. */
      readonly graph: string;
      /** The entry, as the journal has it. */
      readonly entry: Entry;
    }
  | {
      /**
       * A part of a model's answer went by, before the answer was whole. It is not journaled, and never told in a
       * replay.
       */
      readonly type: "delta";
      /** Id of the run that asked. */
      readonly run: string;
      /** Branch of the run: empty on the trunk. */
      readonly path: string;
      /** Name of the node that asked. */
      readonly node: string;
      /** How often that node had run at this path before. */
      readonly visit: number;
      /** Which of the model calls of this try it belongs to, counted from 0: tells apart what is streamed at once. */
      readonly call: number;
      /** What came; never the last part, `finish`: the entry of the call holds the whole answer. */
      readonly part: StreamPart;
    };

/** Told of events. A listener that throws is reported once on stderr and does not disturb the run. */
export type Listener = (event: BrainEvent) => void;
