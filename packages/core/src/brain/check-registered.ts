import { BrainOpsError } from "../contracts/error.ts";
import type { Loop, Plugin } from "../contracts/plugin.ts";

// What the compiler refuses, JavaScript lets through. A guard that cannot be asked, or a loop over nothing, must not be found
// out when it is needed.

/** What there must be to call, by what is registered. */
const called = {
  nodes: ["run"],
  graphs: [],
  actions: ["apply"],
  healers: ["remedies"],
  models: ["generate", "stream"],
  commands: ["run"],
  loops: [],
  guards: ["check"],
} as const;

/** What can be registered by name. */
export type Registered = keyof typeof called;

/** Throws `invalid_plugin` for what is no plugin. */
export function checkPlugin(plugin: Plugin): void {
  if (typeof plugin === "function")
    refuse(
      "A plugin is an object with a name and setup(registrar), but a function was given. Call it: plugins: [it()].",
    );
  if (typeof plugin?.name !== "string" || typeof plugin.setup !== "function")
    refuse("A plugin is an object with a name and setup(registrar); see plugin().");
  if (!/^[^/]+$/.test(plugin.name))
    refuse(
      `A plugin cannot be called '${plugin.name}': its name separates its storage from that of others, so it has no '/' in it.`,
    );
}

/** Throws `invalid_plugin` for something without a name, or without what it is registered for. */
export function checkRegistered(plugin: string, kind: Registered, value: { readonly name: string }): void {
  if (typeof value?.name !== "string" || value.name === "")
    refuse(`Plugin '${plugin}' registers something among the ${kind} that has no name.`);
  const lacking = called[kind].find((member) => typeof (value as { [member: string]: unknown })[member] !== "function");
  if (lacking !== undefined)
    refuse(`Plugin '${plugin}' registers '${value.name}' among the ${kind}, but it has no ${lacking}().`);
}

/** Throws `invalid_plugin` for what is no function to be called with. */
export function checkListener(plugin: string, what: string, listener: unknown): void {
  if (typeof listener !== "function") refuse(`Plugin '${plugin}' hands ${what} something that is no function.`);
}

/** Throws `invalid_plugin` for a loop that would never do anything. */
export function checkLoop({ name, graph, every }: Loop, graphs: ReadonlyMap<string, unknown>): void {
  if (!graphs.has(graph))
    refuse(
      `The loop '${name}' is of the graph '${graph}', which nobody registers. Known are: ${[...graphs.keys()].join(", ") || "none"}.`,
    );
  if (typeof every !== "function" && !(typeof every === "number" && every > 0))
    refuse(`The loop '${name}' needs every: milliseconds above 0, or cron(…) of @brainops/core/schedule.`);
}

function refuse(message: string): never {
  throw new BrainOpsError("invalid_plugin", message);
}
