import type { z } from "zod";
import type { EffectClass } from "./effect.ts";
import type { Json, JsonObject } from "./json.ts";
import type { NodeContext } from "./node.ts";

/** Something that went wrong, before anybody knows why. */
export interface Fault {
  /** How it was noticed. */
  readonly source: "error" | "probe" | "metric" | "log";
  /** What it is about: a service, a repository, a node. */
  readonly subject: string;
  /** What was seen, in words, as it was said. */
  readonly text: string;
  /** Stack trace as it was thrown; part of what a fingerprint is made from. Absent where there was none. */
  readonly stack?: string;
  /**
   * Details for healers, such as a probe's figures. Two are read by healing: `group`, the name of the group that a log
   * line is in (it stands for the text in the fingerprint), and `revision`, the commit that was running. Default: none.
   */
  readonly data?: JsonObject;
  /** What was found around it; see {@link Circumstances}. Default: none. */
  readonly circumstances?: Circumstances;
}

/**
 * What was found around a fault when it was noticed: few plain facts that are the same the next time, such as
 * `{ process: "running", configuration: "changed", release: "as when last well" }`. It is no part of the fingerprint; it
 * tells apart which solution fits when two faults sound alike. No ids, times or free text.
 */
export type Circumstances = { readonly [fact: string]: string | number | boolean };

/** How much harm an action can do when it is wrong. */
export type Risk = "low" | "medium" | "high";

/** What an action is handed. */
export interface ActionCall {
  /** Aborted when the run or the node is to stop: give it to whatever takes long. */
  readonly signal: AbortSignal;
  /** The same for every try of this very application. */
  readonly key: string;
}

/** A named, registered way to change the world. Make one with `action()`. */
export interface Action<Args = unknown> {
  /** Such as `service.restart`. */
  readonly name: string;
  /** What it does, in words: for people, and for a model that has it as a tool. */
  readonly description: string;
  /** What it takes. Plain JSON. */
  readonly args: z.ZodType<Args>;
  /** How much harm it can do when it is wrong; guards and healing look at it. */
  readonly risk: Risk;
  /** What a crash in the middle means for it. */
  readonly class: EffectClass;
  /** The arguments with which it might help against a fault; empty when it cannot. Cheap, and without effects. */
  propose?(fault: Fault): readonly JsonObject[];
  /** Does it, and returns what `undo` will need. */
  apply(args: Args, call: ActionCall): Promise<Json> | Json;
  /** Whether what it was to reach now holds. */
  verify?(args: Args, call: ActionCall): Promise<boolean> | boolean;
  /** Takes it back. */
  undo?(args: Args, applied: Json, call: ActionCall): Promise<void> | void;
}

/** An action's name and arguments, as data: what a solution remembers. */
export interface Remedy {
  /** Name of a registered action. */
  readonly action: string;
  /** Its arguments. */
  readonly args: JsonObject;
}

/** Turns a fault into remedies worth trying, best first. */
export interface Healer {
  /** What it is called in notes of a run. */
  readonly name: string;
  /** Answers what is worth trying against the fault, best first; empty when it knows nothing. */
  remedies(fault: Fault, ctx: NodeContext): Promise<readonly Remedy[]> | readonly Remedy[];
}
