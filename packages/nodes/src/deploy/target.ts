import type { Probed } from "../state.ts";

/** A release folder, as a {@link Target} is handed it. */
export interface Staged {
  /** Name of the release. */
  readonly id: string;
  /** Absolute path of its folder, whose files are not to be changed. */
  readonly dir: string;
}

/** What comes with every call of a {@link Target}. */
export interface TargetCall {
  /** The same whenever the very same step is done again, such as after a crash. */
  readonly key: string;
  /** Aborted when the step is to stop; it may be asked for again. */
  readonly signal: AbortSignal;
}

/**
 * Where releases come to life. Ready ones: `serviceTarget` (a process on this machine), `commandTarget` (whatever a
 * command can reach) and `folderTarget` (files alone). Write another as a plain object.
 *
 * Every method may be cut off and called again with the same key; it then finds what was done.
 */
export interface Target {
  /** Names it in records. */
  readonly name: string;
  /** Where it answers; `null` when there is nothing to ask. */
  url(): Promise<string | null>;
  /**
   * Readies a release and tries it before anybody is served by it, beside `baseline`, the one that serves now. Leaves
   * nothing running. Not ok: the release is not taken. A target without it goes straight on to `take`.
   */
  prepare?(release: Staged, baseline: Staged | null, call: TargetCall): Promise<Probed>;
  /**
   * Makes a release the one that serves, and says whether it does so, healthy. Called again with the release before it
   * when it does not.
   */
  take(release: Staged, call: TargetCall): Promise<Probed>;
  /** Ends what serves: it is broken, and there is no release to go back to. */
  stop(): Promise<void>;
}
