import type { Action } from "./contracts/action.ts";
import type { Node } from "./contracts/node.ts";
import type { Plugin } from "./contracts/plugin.ts";

/**
 * Makes a node; the types of its input and output come from its schemas.
 *
 * @example
 * ```ts
 * import { node } from "@brainops/core";
 * import { z } from "zod";
 * export const greet = node({
 *   name: "greet",
 *   input: z.object({ who: z.string() }),
 *   output: z.object({ greeting: z.string() }),
 *   run: ({ who }) => ({ greeting: `Hello, ${who}` }),
 * });
 * ```
 */
export function node<const Name extends string, Input, Output>(
  definition: Node<Name, Input, Output>,
): Node<Name, Input, Output> {
  return Object.freeze({ ...definition });
}

/**
 * Makes an action; the type of its arguments comes from its schema.
 *
 * @example
 * ```ts
 * import { action } from "@brainops/core";
 * import { z } from "zod";
 * const lamps = new Map<string, boolean>();
 * export const switchLamp = action({
 *   name: "lamp.switch",
 *   description: "Switches a lamp on or off.",
 *   args: z.object({ lamp: z.string(), on: z.boolean() }),
 *   risk: "low",
 *   class: "idempotent",
 *   apply: ({ lamp, on }) => {
 *     const before = lamps.get(lamp) ?? false;
 *     lamps.set(lamp, on);
 *     return { before };
 *   },
 *   verify: ({ lamp, on }) => lamps.get(lamp) === on,
 * });
 * ```
 */
export function action<Args>(definition: Action<Args>): Action<Args> {
  return Object.freeze({ ...definition });
}

/**
 * Makes a plugin.
 *
 * @example
 * ```ts
 * import { createBrain, plugin } from "@brainops/core";
 * import { memoryStore } from "@brainops/core/testing";
 * const night = plugin({
 *   name: "night",
 *   setup(registrar) {
 *     registrar.guard({
 *       name: "no releases at night",
 *       check: ({ name }) =>
 *         name === "release" ? { verdict: "ask", reason: "people are asleep" } : { verdict: "allow" },
 *     });
 *     return { health: () => ({ ok: true }) };
 *   },
 * });
 * const brain = await createBrain({ store: memoryStore(), plugins: [night] });
 * ```
 */
export function plugin(definition: Plugin): Plugin {
  return Object.freeze({ ...definition });
}
