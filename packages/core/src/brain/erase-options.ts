/** What is to be erased: everything that one of these names. At least one must be given. */
export interface EraseOptions {
  /** These records, and what quotes them in journals. */
  readonly ids?: readonly string[];
  /** All records, and all values of all runs, in this scope and below it. */
  readonly scope?: string;
  /**
   * All records about this person, and those `derived-from` them; and all values of the runs that made or recalled one of
   * these, since what a run did with them can no longer be told apart.
   */
  readonly subject?: string;
  /** All values of this run, of its forks, and the records that it made. */
  readonly run?: string;
  /** Told after each run that was looked through. */
  readonly onProgress?: (progress: ErasureProgress) => void;
  /** Stops between two runs. What was erased until then stays erased; erase again to go on. Default: nothing does. */
  readonly signal?: AbortSignal;
}

/** How far an erasure is. */
export interface ErasureProgress {
  /** Runs that were looked through. */
  readonly runs: number;
  /** How many there are. */
  readonly of: number;
}

/** A place that speaks of what was erased, without saying so by a label. It is left as it is: a person decides. */
export type Mention =
  | {
      /** Name of the stream: the journal of another run, or any other stream. */
      readonly stream: string;
      /** Position of the entry that speaks of it. */
      readonly position: number;
    }
  | {
      /** Key of the document that speaks of it. */
      readonly document: string;
    }
  | {
      /** Id of the record that speaks of it. */
      readonly record: string;
    };

/** What an erasure did. */
export interface ErasureReport {
  /** How many records were erased. */
  readonly records: number;
  /** How many entries of journals lost their values. */
  readonly entries: number;
  /** The runs that they belong to. */
  readonly runs: readonly string[];
  /** Where else a plain search finds the erased texts, ids or the person's name. A search, not a promise. */
  readonly mentions: readonly Mention[];
}
