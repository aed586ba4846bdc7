import type { CanaryOptions } from "../deploy/canary.ts";
import type { Setting } from "../optimize/space.ts";

/** Something that a service needs; see {@link ServiceOptions}. */
export interface Dependency {
  /** Names it in faults and actions, such as `database`. Unique among the dependencies. */
  readonly name: string;
  /** Key of the configuration that says which one is used; dots lead into objects. */
  readonly key: string;
  /** Values to fall back to, in order. */
  readonly fallbacks: readonly Setting[];
  /** Milliseconds after the last try before its first value is tried again. Default 600,000. */
  readonly backAfterMs?: number;
}

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
  /** What its environment holds beside that. Default: nothing. */
  readonly env?: { readonly [name: string]: string };
  /** The health probe. */
  readonly health?: {
    /** Path that is asked with GET. Default `/health`. */
    readonly path?: string;
    /** Milliseconds for one try. Default 1,000. */
    readonly timeoutMs?: number;
    /** Milliseconds in which it must become healthy after a start. Default 10,000. */
    readonly withinMs?: number;
  };
  /**
   * A JSON file with its settings, kept outside of the releases so that a release stays immutable. Default: it has
   * none.
   */
  readonly config?: {
    /** File in the repository that the first one is copied from, such as `config.json`. */
    readonly from: string;
    /** Environment variable that tells the service where the file is. Default `CONFIG`. */
    readonly env?: string;
    /** Whether the service must be started anew to see a change (`restart`, the default), or looks for one itself (`watch`). */
    readonly reload?: "restart" | "watch";
  };
  /**
   * What it may be given more of when it runs out, one after the other, each as the values of an environment variable
   * in rising order, such as `{ env: "NODE_OPTIONS", steps: ["--max-old-space-size=256", "--max-old-space-size=512"] }`
   * or `{ env: "WORKERS", steps: ["1", "2", "4"] }`. It starts with the first of each. Default: nothing.
   */
  readonly limits?: readonly {
    /** Name of the environment variable. */
    readonly env: string;
    /** Its values, the least first. */
    readonly steps: readonly string[];
  }[];
  /**
   * What it needs that may be away, and what to use instead: the `key` of its configuration that names it (dots lead into
   * objects), and the values to fall back to, in order. While it falls back, its first value is tried again
   * `backAfterMs` (default 600,000) after the last try, and kept when the service is well with it.
   */
  readonly dependencies?: readonly Dependency[];
  /** Files beside its own log that may be cut when a disk is full. Default: none. */
  readonly logs?: readonly string[];
  /** Milliseconds between the request to stop (SIGTERM) and the kill. Default 2,000. */
  readonly stopMs?: number;
  /**
   * How one release follows another: `restart` stops the old one first; `overlap` starts the new one beside it and loses
   * no request. For that the service listens with `reusePort: true`, drains on SIGTERM, and names its release in its
   * health answer (`{"release": process.env.RELEASE}`). Default `restart`.
   */
  readonly handOver?: "restart" | "overlap";
  /**
   * Run in a new release before it is tried, with the service's environment, such as `["node", "migrate.js"]`. The
   * release before it still serves then, so a migration expands first and contracts in a later release. Default:
   * nothing.
   */
  readonly migrate?: readonly string[];
  /**
   * A new release is first tried on a port of its own (with `TRIAL=1` in its environment), beside a fresh process of the
   * release before it. `false` when two processes of it cannot run at once. Default: both are asked for the health path.
   */
  readonly canary?: CanaryOptions | false;
}

/**
 * A setting of the service that may be tuned: the values worth trying, or a range of numbers. Its `key` is the one in the
 * configuration file; dots lead into objects, such as `cache.size`.
 */
export type Parameter =
  | {
      /** Where it stands in the configuration file. */
      readonly key: string;
      /** The values worth trying. */
      readonly candidates: readonly Setting[];
    }
  | {
      /** Where it stands in the configuration file. */
      readonly key: string;
      /** The least value. */
      readonly min: number;
      /** The greatest value, above `min`. */
      readonly max: number;
      /** Whole numbers only. Default: any. */
      readonly integer?: boolean;
      /** Whether a doubling matters alike everywhere, as for sizes and times. Default: no; `min` must be above 0. */
      readonly log?: boolean;
    };

/** What is measured when tuning. */
export interface Metric {
  /** What it is called in reports and records. Default `latency`. */
  readonly name?: string;
  /** Its unit. Default `ms`. */
  readonly unit?: string;
  /** Which way is better. Default `lower`. */
  readonly better?: "lower" | "higher";
  /** Path of the service whose response time is one sample. Give this, or `sample`. */
  readonly path?: string;
  /** Takes one sample itself. */
  sample?(call: {
    /** Where the service answers. */
    readonly url: string;
    /** Aborted when the sample is no longer wanted. */
    readonly signal: AbortSignal;
  }): Promise<number>;
}

/** What the optimizer may try, and how a gain is proven. */
export interface TuneOptions {
  /** What may be changed. Their keys differ. */
  readonly parameters: readonly Parameter[];
  /** What is to get better. */
  readonly metric: Metric;
  /** What must not get worse for it. Give each a name. Default: nothing. */
  readonly guards?: readonly Metric[];
  /** Measurements of a search, for choices of more than two values and for ranges. Default 20. */
  readonly budget?: number;
  /** Rounds of a comparison at most; it stops as soon as it is decided. A gain takes six at least. Default 20. */
  readonly maxRounds?: number;
  /** Samples a measurement. Default 10. */
  readonly samples?: number;
  /** Chance of keeping what is no gain, over all candidates together. Default 0.05. */
  readonly alpha?: number;
  /** The least share by which the median must get better. Default 0.05. */
  readonly minGain?: number;
  /** The share by which the median of a guarded metric may get worse. Default 0.05. */
  readonly maxHarm?: number;
}
