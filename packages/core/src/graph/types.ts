import type { Node } from "../contracts/node.ts";

/** Reducers by key of the state. Give the update its type: `(log, lines: string[]) => [...log, ...lines]`. */
export type Reducers<S> = { readonly [K in keyof S]?: (current: S[K], update: never) => S[K] };

/** What a node may return: any keys of the state; for a key with a reducer, what that reducer takes. */
export type Update<S, R> = {
  readonly [K in keyof S]?: (K extends keyof R ? (R[K] extends (current: never, update: infer U) => unknown ? U : S[K]) : S[K]) | undefined;
};

/** A sentence where types do not fit, so that the compiler's error can be read. */
export interface Mismatch<Sentence extends string, Expected = unknown, Found = unknown> {
  readonly "✗": Sentence;
  readonly expected: Expected;
  readonly found: Found;
}

/** `unknown` when the node fits the state, else a {@link Mismatch}. */
export type Fits<S, R, N> =
  N extends Node<string, infer Input, infer Output>
    ? S extends Input
      ? Exclude<keyof Output, keyof S> extends never
        ? Output extends Update<S, R>
          ? unknown
          : Mismatch<"the node returns a key with another type than the state has", Update<S, R>, Output>
        : Mismatch<"the node returns keys that the state does not have", keyof S, Exclude<keyof Output, keyof S>>
      : Mismatch<"the state does not have what the node takes", Input, S>
    : never;
