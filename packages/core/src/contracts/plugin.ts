import type { z } from "zod";
import type { Action, Healer, Risk } from "./action.ts";
import type { Listener } from "./event.ts";
import type { Guard } from "./guard.ts";
import type { Entry } from "./journal.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Model } from "./model.ts";
import type { Node } from "./node.ts";
import type { RecordInput } from "./record.ts";
import type { StoredDocument } from "./store.ts";
import type { Write } from "./write.ts";

/** What a graph shows of itself to everyone but the runner. */
export interface GraphInfo {
  /** What it is run, registered and journaled by. */
  readonly name: string;
  /** Its code's version, as given to `graph()`: `1` unless that says another. */
  readonly version: string;
  /** Hash over structure, schemas and declared node versions; never function text. */
  readonly fingerprint: string;
  /** The graph as a Mermaid flowchart. */
  mermaid(): string;
}

/** Something a person or program can tell the Brain to do, by name. */
export interface Command<Args = unknown> {
  /** What it is called by `brain.command`. */
  readonly name: string;
  /** What it does, in words. */
  readonly description: string;
  /** What it takes. */
  readonly args: z.ZodType<Args>;
  /** How much harm it can do when it is wrong; guards look at it. */
  readonly risk: Risk;
  /** Does it, with arguments that fit the schema, and returns what to show. */
  run(
    args: Args,
    call: {
      /** Aborted when whoever runs it wants it to stop. */
      readonly signal: AbortSignal;
    },
  ): Promise<Json> | Json;
}

/** When a loop's next round is after a time, in milliseconds since 1970; nothing when there is none. */
export type NextTime = (after: number) => number | undefined;

/** A graph that is run again and again, one round after the other. */
export interface Loop {
  /** Unique among the loops. A round's run is called `loop/NAME/TIME`, so that each is started once. */
  readonly name: string;
  /** Milliseconds between the starts of two rounds, or when they are: `cron(…)` of `@brainops/core/schedule`. */
  readonly every: number | NextTime;
  /**
   * What becomes of rounds whose time passed while nobody ran: `skip` (the default) leaves them out, `once` makes up
   * for them with one round, `all` with each of them (the newest 1,000).
   */
  readonly missed?: "skip" | "once" | "all";
  /** Name of a registered graph. */
  readonly graph: string;
  /** What each round is given. */
  readonly input: JsonObject;
}

/** Storage under the plugin's own name: no other plugin sees it. */
export interface PluginStorage {
  /** The document under a key, or `undefined`. */
  get(key: string): Promise<StoredDocument | undefined>;
  /** Puts a value (`null` deletes). With `expectedVersion` it throws `conflict` when another was faster. */
  put(key: string, value: Json, expectedVersion?: number): Promise<void>;
  /** The documents whose keys start with a prefix; all of them without one. Ordered by key. */
  list(prefix?: string): Promise<readonly StoredDocument[]>;
}

/**
 * What a plugin may add to the commit of an entry. None of it can be refused by the store, so that it never stops the
 * run: there are no preconditions, and a link to a record that is gone is left out.
 *
 * - `record`: remembers, in the run's scope. Its id follows from the plugin, the entry and its place among the plugin's
 *   records of that entry, and its provenance names the entry.
 * - `link`, `count`: as of a {@link Write}; only records that are there already can be named.
 * - `append`, `document`: under the plugin's name.
 */
export type PluginWrite =
  | {
      /** Remembers, in the run's scope. */
      readonly type: "record";
      /** What to remember, as `ctx.remember` takes it. */
      readonly record: RecordInput;
    }
  | Extract<
      Write,
      {
        /** Draws an arrow, or adds to a counter: as in a {@link Write}. */
        readonly type: "link" | "count";
      }
    >
  | {
      /** Adds to a stream of the plugin. */
      readonly type: "append";
      /** Name of the stream, under the plugin's own. */
      readonly stream: string;
      /** What to add, in order. */
      readonly entries: readonly Json[];
    }
  | {
      /** Puts a document of the plugin. */
      readonly type: "document";
      /** Its key, under the plugin's name: `storage.get` finds it by the same. */
      readonly key: string;
      /** Its new value; `null` deletes it. */
      readonly value: Json;
    };

/** What a plugin may do while it is set up. Names must be new; a second registration is `invalid_plugin`. */
export interface Registrar {
  /** Registers a node, so that graphs can name it. */
  node(node: Node): void;
  /**
   * Registers a graph, so that runs, loops and other graphs can name it. Of several versions, new runs take the first that
   * was registered; the others go on with the runs that were begun with them.
   */
  graph(graph: GraphInfo): void;
  /** Registers an action, so that nodes and remedies can name it. */
  action(action: Action): void;
  /**
   * Registers a healer under its name, for who looks at `brain.registry`. Asked about faults are the healers that a healing
   * graph was made with: `healing({ healers })` of `@brainops/core/healing`, `workforce({ healers })` of `@brainops/nodes`.
   */
  healer(healer: Healer): void;
  /** Registers a model under its name. */
  model(model: Model): void;
  /** Registers a guard; it is asked before every effect, action and command. */
  guard(guard: Guard): void;
  /** Registers a listener; it is told every event. */
  on(listener: Listener): void;
  /** Registers a command. */
  command(command: Command): void;
  /** Registers a loop, so that its graph is run again and again. */
  loop(loop: Loop): void;
  /**
   * Adds writes of its own to the commit of every journal entry, memories too, so that they cannot disagree. Must be
   * synchronous and pure. Replay does not ask for them: they were written with the journal. When it throws, the entry is not
   * made either: the run stops with `invalid_plugin`, is set aside, and goes on where it was once the plugin is right.
   */
  withCommit(writes: (entry: Entry, run: string) => readonly PluginWrite[]): void;
  /** Documents of the plugin; can be used at any time, also after `setup`. */
  readonly storage: PluginStorage;
}

/** How a plugin is doing. */
export interface Health {
  /** Whether it can do its work now. */
  readonly ok: boolean;
  /** What is wrong, or worth knowing, in words for a person. Default: nothing. */
  readonly detail?: string;
}

/** What `setup` may give back. */
export interface PluginHandle {
  /** How the plugin is doing, asked whenever the health of the Brain is asked for. */
  health?(): Promise<Health> | Health;
  /** Lets go of what the plugin holds. Called in reverse order of the starts. */
  close?(): Promise<void> | void;
}

/** A plain object with a name and `setup`. */
export interface Plugin {
  /** Short and unique in a Brain: its storage stands under it, and messages name it. */
  readonly name: string;
  /** Registers things. When it throws, the plugins set up before it are closed again and the Brain does not start. */
  setup(registrar: Registrar): Promise<PluginHandle | void> | PluginHandle | void;
}
