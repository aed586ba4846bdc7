import type { ModelRequest } from "@brainops/core";
import type { Compact } from "./setup.ts";

/**
 * Makes a request smaller by leaving out the older half of the conversation. What is kept begins with a user's message,
 * so that no tool result stands without its call; the last user's message and what follows always stay. Give it to a
 * chain as `compact`; the attempts then say that the request was made smaller.
 *
 * @example
 * ```ts
 * import { chain, claude, dropOldest, gemini } from "@brainops/providers";
 * const model = chain([claude(), gemini()], { windows: { claude: 200_000, gemini: 1_000_000 }, compact: dropOldest });
 * ```
 */
export const dropOldest: Compact = (request: ModelRequest): ModelRequest | undefined => {
  const { messages } = request;
  const starts = messages.flatMap((message, index) => (message.role === "user" && index > 0 ? [index] : []));
  const half = messages.length / 2;
  // The first place in the newer half where a turn begins; if there is none, the last one at all.
  const from = starts.find((index) => index >= half) ?? starts.at(-1);
  return from === undefined ? undefined : { ...request, messages: messages.slice(from) };
};
