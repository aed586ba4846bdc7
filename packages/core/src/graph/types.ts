/**
 * Reducers by key of the state; `U` holds what each takes as an update. Give the update its type and the rest
 * follows: `(log, lines: string[]) => [...log, ...lines]`.
 */
export type Reducers<S, U> = {
  readonly [K in keyof U]: (
    current: K extends keyof S ? S[K] : never,
    update: U[K],
  ) => K extends keyof S ? S[K] : never;
};

/** What a node may return: any keys of the state; for a key with a reducer, what that reducer takes. */
export type Update<S, U> = { readonly [K in keyof S]?: (K extends keyof U ? U[K] : S[K]) | undefined };

/** A sentence where types do not fit, so that the compiler's error can be read. */
export interface Mismatch<Sentence extends string, Expected = unknown, Found = unknown> {
  /** What is wrong, in words. */
  readonly "✗": Sentence;
  /** What would fit. */
  readonly expected: Expected;
  /** What is there. */
  readonly found: Found;
}

/** An object schema without keys infers an index signature; it asks for nothing. */
type Open<T> = string extends keyof T ? true : false;

/** `unknown` when a node that takes `Input` and returns `Output` fits the state, else a {@link Mismatch}. */
export type Fits<S, U, Input, Output> = S extends Input
  ? FitsOutput<S, U, Output>
  : Open<Input> extends true
    ? FitsOutput<S, U, Output>
    : Mismatch<"the state does not have what the node takes", Input, S>;

type FitsOutput<S, U, Output> =
  Open<Output> extends true
    ? unknown
    : Exclude<keyof Output, keyof S> extends never
      ? Output extends Update<S, U>
        ? unknown
        : Mismatch<"the node returns a key with another type than the state has", Update<S, U>, Output>
      : Mismatch<"the node returns keys that the state does not have", keyof S, Exclude<keyof Output, keyof S>>;
