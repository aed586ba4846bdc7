import type { z } from "zod";
import type { Action, Healer, Risk } from "./action.ts";
import type { Listener } from "./event.ts";
import type { Guard } from "./guard.ts";
import type { Entry } from "./journal.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Model } from "./model.ts";
import type { Node } from "./node.ts";
import type { StoredDocument, Write } from "./store.ts";

/** What a graph shows of itself to everyone but the runner. */
export interface GraphInfo {
  readonly name: string;
  readonly version: string;
  /** Hash over structure, schemas and declared node versions; never function text. */
  readonly fingerprint: string;
  /** The graph as a Mermaid flowchart. */
  mermaid(): string;
}

/** Something a person or program can tell the Brain to do, by name. */
export interface Command<Args = unknown> {
  readonly name: string;
  readonly description: string;
  readonly args: z.ZodType<Args>;
  readonly risk: Risk;
  run(args: Args, call: { readonly signal: AbortSignal }): Promise<Json> | Json;
}

/** A graph that is run again and again. */
export interface Loop {
  readonly name: string;
  /** Milliseconds between the starts of two rounds; a round that takes longer is not overlapped. */
  readonly everyMs: number;
  /** Name of a registered graph, and what each round is given. */
  readonly graph: string;
  readonly input: JsonObject;
}

/** Storage under the plugin's own name: no other plugin sees it. */
export interface PluginStorage {
  get(key: string): Promise<StoredDocument | undefined>;
  /** Puts a value (`null` deletes). With `expectedVersion` it throws `conflict` when another was faster. */
  put(key: string, value: Json, expectedVersion?: number): Promise<void>;
  list(prefix?: string): Promise<readonly StoredDocument[]>;
}

/** What a plugin may do while it is set up. Names must be new; a second registration is `invalid_plugin`. */
export interface Registrar {
  node(node: Node): void;
  graph(graph: GraphInfo): void;
  action(action: Action): void;
  healer(healer: Healer): void;
  model(model: Model): void;
  guard(guard: Guard): void;
  on(listener: Listener): void;
  command(command: Command): void;
  loop(loop: Loop): void;
  /**
   * Adds writes of its own to the commit of every journal entry, so that they cannot disagree. Must be synchronous
   * and pure; documents and streams are put under the plugin's name.
   */
  withCommit(writes: (entry: Entry, run: string) => readonly Extract<Write, { type: "append" | "document" }>[]): void;
  readonly storage: PluginStorage;
}

/** How a plugin is doing. */
export interface Health {
  readonly ok: boolean;
  readonly detail?: string;
}

/** What `setup` may give back. */
export interface PluginHandle {
  health?(): Promise<Health> | Health;
  /** Lets go of what the plugin holds. Called in reverse order of the starts. */
  close?(): Promise<void> | void;
}

/** A plain object with a name and `setup`. */
export interface Plugin {
  readonly name: string;
  /** Registers things. When it throws, the plugins set up before it are closed again and the Brain does not start. */
  setup(registrar: Registrar): Promise<PluginHandle | void> | PluginHandle | void;
}
