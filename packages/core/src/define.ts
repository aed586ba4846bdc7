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

/** Makes an action; the type of its arguments comes from its schema. */
export function action<Args>(definition: Action<Args>): Action<Args> {
  return Object.freeze({ ...definition });
}

/** Makes a plugin. */
export function plugin(definition: Plugin): Plugin {
  return Object.freeze({ ...definition });
}
