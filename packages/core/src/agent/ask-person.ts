import { z } from "zod";
import type { Tool } from "./effect-tool.ts";
import { checkToolName, misfitOf, objectSchemaOf } from "./schema.ts";

/** What {@link askPerson} can be told. */
export interface AskPersonOptions {
  /** What the model calls it. Default `ask_person`. */
  readonly name?: string;
  /** Tells the model whom it asks, and what for. Default: a general one. */
  readonly description?: string;
  /** Milliseconds that an answer may take; then the model is told `timeout`. Default: as long as it takes. */
  readonly timeoutMs?: number;
}

const question = z.object({
  question: z.string().min(1).describe("The question, with all that is needed to answer it."),
  options: z.array(z.string()).optional().describe("The answers to choose from; free when absent."),
});

/**
 * Makes a tool with which the model asks a person. The run waits, over restarts if need be; the answer is left with
 * `brain.answer`.
 *
 * @example
 * ```ts
 * import { askPerson } from "@brainops/core/agent";
 * const ask = askPerson({ description: "Asks the owner of the shop. Use it before anything is sold below its cost." });
 * ```
 */
export function askPerson(options: AskPersonOptions = {}): Tool {
  const { timeoutMs } = options;
  return Object.freeze<Tool>({
    name: checkToolName(options.name ?? "ask_person"),
    description: options.description ?? "Asks a person, and waits for the answer. Use it when only a person can know.",
    parameters: objectSchemaOf(question, "A question"),
    trust: "person",
    misfit: (args) => misfitOf(question, args),
    async use(args, ctx) {
      const { question: text, options: choices } = question.parse(args);
      const result = await ctx.ask({
        text,
        ...(choices === undefined ? {} : { options: choices }),
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      return { result };
    },
  });
}
