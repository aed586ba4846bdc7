/** How a service is started from a release folder, and how one sees that it is healthy. */
export interface ServiceOptions {
  /** Names it in faults, actions and files. Default `service`. */
  readonly name?: string;
  /**
   * Program and arguments, run in the release folder. Its environment holds `PATH`, `HOME`, `LANG`, `PORT`, `RELEASE`
   * (the release's id), what `env` adds, and, with `config`, the path of its configuration file.
   */
  readonly command: readonly string[];
  /** Port it listens on, on 127.0.0.1. Default: a free one, picked once and remembered in `home`. */
  readonly port?: number;
  readonly env?: { readonly [name: string]: string };
  /** The health probe. */
  readonly health?: {
    /** Default `/health`. */
    readonly path?: string;
    /** Milliseconds for one try. Default 1,000. */
    readonly timeoutMs?: number;
    /** Milliseconds in which it must become healthy after a start. Default 10,000. */
    readonly withinMs?: number;
  };
  /** A JSON file with its settings, kept outside of the releases so that a release stays immutable. */
  readonly config?: {
    /** File in the repository that the first one is copied from, such as `config.json`. */
    readonly from: string;
    /** Environment variable that tells the service where the file is. Default `CONFIG`. */
    readonly env?: string;
    /** Whether the service must be started anew to see a change (`restart`, the default), or looks for one itself (`watch`). */
    readonly reload?: "restart" | "watch";
  };
  /** Milliseconds between the request to stop (SIGTERM) and the kill. Default 2,000. */
  readonly stopMs?: number;
}

/** A number in the service's configuration that may be tuned. */
export interface Parameter {
  /** Its key in the configuration file; dots lead into objects, such as `cache.size`. */
  readonly key: string;
  /** The values worth trying. */
  readonly candidates: readonly number[];
}

/** What is measured when tuning. */
export interface Metric {
  /** Default `latency`. */
  readonly name?: string;
  /** Default `ms`. */
  readonly unit?: string;
  /** Which way is better. Default `lower`. */
  readonly better?: "lower" | "higher";
  /** Path of the service whose response time is one sample. Give this, or `sample`. */
  readonly path?: string;
  /** Takes one sample itself. */
  sample?(call: { readonly url: string; readonly signal: AbortSignal }): Promise<number>;
}

/** What the optimizer may try, and how a gain is proven. */
export interface TuneOptions {
  readonly parameters: readonly Parameter[];
  readonly metric: Metric;
  /** Times that both values are measured in turn. Default 4. */
  readonly rounds?: number;
  /** Samples a round and value. Default 10. */
  readonly samples?: number;
  /** Chance of keeping what is no gain, over all candidates together. Default 0.05. */
  readonly alpha?: number;
  /** The least share by which the median must get better. Default 0.05. */
  readonly minGain?: number;
}
