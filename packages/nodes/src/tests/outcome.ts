/** One failed test, as its runner's output tells it. */
export interface ReadFailure {
  /** Names from the outermost suite inwards, joined with ` > `. */
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** What could be read from the output of a test runner. */
export interface ReadOutcome {
  readonly total: number;
  readonly failed: number;
  readonly failures: readonly ReadFailure[];
}

/** Reads one output format; `undefined` when the text is not in it. */
export type OutcomeReader = (output: string) => ReadOutcome | undefined;
