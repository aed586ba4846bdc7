/** What a run may take; over it, the run or the call fails, whoever has taken the run over meanwhile. */
export type RunLimits = {
  /** When it must have ended: milliseconds since 1970. */
  readonly until?: number;
  /** Tokens of all model calls, in and out. Checked before each call. */
  readonly tokens?: number;
  /** How many model calls may be made. */
  readonly modelCalls?: number;
  /** US dollars of all model calls, tries that failed included. Checked before each call; each model needs a price. */
  readonly usd?: number;
};

/** What a fork asks its models instead of what the code asks them. */
export type AskedInstead = {
  /** From which of its entries on. */
  readonly from: number;
  /** Only in nodes of this name. Default: in all. */
  readonly node?: string;
  /** The model that is asked. */
  readonly model?: string;
  /** A text of the prompt (`system`, and what users say), and what stands in its place. */
  readonly prompt?: {
    /** The text as the code has it. */
    readonly replace: string;
    /** What stands in its place. */
    readonly with: string;
  };
};
