import { BrainOpsError } from "@brainops/core";
import { isWithin } from "@brainops/core/recall";
import type { Context, ScopeState } from "./context.ts";
import type { Row } from "./handle.ts";
import type { Known, Looked } from "./member.ts";

/** The store as a commit sees it that is being encoded: what was looked up, and what its own earlier writes have changed. */
export interface View {
  /** Scopes that it writes to. */
  readonly scopes: Map<string, ScopeState>;
  record(id: string): Known | undefined;
  /** Records that may be about a subject, or lie within a scope, as far as they are known. */
  records(): Iterable<Known>;
  put(known: Known): void;
  gone(id: string): void;
  goneWithin(scope: string): void;
  /** Numbers that were found under a mark. */
  marked(mark: number): readonly number[];
  frames(stream: string): readonly Row[];
  keep(stream: string, frame: Row): void;
  trim(stream: string, before: number): void;
  /** Where a stream begins. */
  base(stream: string): number;
  /** A scope that was made sure of; `BR000`'s cause when it has been forgotten meanwhile. */
  useScope(context: Context, path: string): ScopeState;
}

/** Makes the view of a commit. */
export function makeView(looked: Looked): View {
  const changed = new Map<string, Known | undefined>();
  const frames = new Map<string, Row[]>();
  const bases = new Map<string, number>();
  const scopes = new Map<string, ScopeState>();
  function* records(): Generator<Known> {
    for (const [id, known] of looked.records) if (!changed.has(id)) yield known;
    for (const known of changed.values()) if (known !== undefined) yield known;
  }
  const framesOf = (stream: string): readonly Row[] => frames.get(stream) ?? looked.frames.get(stream) ?? [];
  return {
    scopes,
    record: (id) => (changed.has(id) ? changed.get(id) : looked.records.get(id)),
    records,
    put: (known) => void changed.set(known.record.id, known),
    gone: (id) => void changed.set(id, undefined),
    goneWithin(scope) {
      for (const { record } of Array.from(records()))
        if (isWithin(record.scope, scope)) changed.set(record.id, undefined);
    },
    marked: (mark) => looked.marked.get(mark) ?? [],
    frames: framesOf,
    keep(stream, frame) {
      const others = framesOf(stream).filter((other) => Number(other["position"]) !== Number(frame["position"]));
      frames.set(stream, [...others, frame]);
    },
    trim: (stream, before) => void bases.set(stream, Math.max(before, bases.get(stream) ?? 0)),
    base: (stream) => Math.max(bases.get(stream) ?? 0, Number(framesOf(stream)[0]?.["base"] ?? 0)),
    useScope(context, path) {
      const scope = context.scopes.get(path);
      if (scope === undefined)
        throw new BrainOpsError("store_busy", "A scope was erased again and again while it was written to. Try again.");
      scopes.set(path, scope);
      return scope;
    },
  };
}
