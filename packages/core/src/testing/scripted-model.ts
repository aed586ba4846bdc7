import { BrainOpsError, isBrainOpsError } from "../contracts/error.ts";
import type { Model, ModelCallOptions, ModelRequest, StreamPart } from "../contracts/model.ts";
import { scriptedFailure, scriptedParts, scriptedResponse, type ScriptedAnswer } from "./scripted-answer.ts";

/** An answer, a text for short, an error to throw, or nothing when the script does not know this request. */
export type ScriptedReply = ScriptedAnswer | string | BrainOpsError | undefined;

/** Works out a reply from what the request contains. */
export type ScriptFunction = (request: ModelRequest, call: ScriptedCall) => ScriptedReply | Promise<ScriptedReply>;

/** One thing that is expected to be asked, and what is answered. */
export interface ScriptRule {
  /** What messages call it. */
  readonly name?: string;
  /** Whether a request is meant. Default: every request. A string or pattern is looked for in the last message. */
  readonly when?: string | RegExp | ((request: ModelRequest) => boolean);
  /** What is answered. A function may still say nothing. */
  readonly answer: ScriptedReply | ScriptFunction;
  /** How often it is expected, and answered at most. Default: at least once, and any number of times. */
  readonly times?: number;
  /** True when it need not be asked at all. */
  readonly optional?: boolean;
}

/** One call of a scripted model. */
export interface ScriptedCall {
  /** Counts from 0. */
  readonly index: number;
  /** What was asked. */
  readonly request: ModelRequest;
  /** Whether it was asked by `stream`, as the runner does when somebody listens. */
  readonly streamed: boolean;
  /** The rule that answered, when a rule did. */
  rule?: string;
}

/** A model that follows a script, and remembers what it was asked. */
export interface ScriptedModel extends Model {
  /** Every call so far, in order. */
  readonly calls: readonly ScriptedCall[];
  /** Throws an error that lists the rules that were not asked as often as expected. */
  assertAsked(): void;
}

/** What {@link scriptedModel} can be told. */
export interface ScriptedModelOptions {
  /** Tells several scripted models apart: the name becomes `scripted-NAME`. Default `scripted`. */
  readonly name?: string;
}

/**
 * Makes a model that answers from a script: the first rule or function that has an answer for the request gives it.
 * A request that nothing in the script answers is the error `no_model`. Its name says that it is scripted, so that
 * nobody takes its answers for a real model's.
 *
 * @example
 * ```ts
 * import { scriptedModel } from "@brainops/core/testing";
 * const model = scriptedModel([
 *   { name: "greets", when: /hello/i, answer: "Hello to you.", times: 1 },
 *   (request) => (request.tools?.length ? { toolCalls: [{ name: "clock", args: {} }] } : undefined),
 * ]);
 * const { text } = await model.generate({ messages: [{ role: "user", content: "Hello!" }] });
 * model.assertAsked();
 * ```
 */
export function scriptedModel(
  script: readonly (ScriptRule | ScriptFunction)[],
  options: ScriptedModelOptions = {},
): ScriptedModel {
  if (!Array.isArray(script))
    throw new BrainOpsError(
      "invalid_input",
      'A script is a list of rules and functions: scriptedModel([{ answer: "Hello" }]).',
    );
  const name = options.name === undefined ? "scripted" : `scripted-${options.name}`;
  const calls: ScriptedCall[] = [];
  const used = new Map<ScriptRule | ScriptFunction, number>();

  const reply = async (call: ScriptedCall): Promise<ScriptedAnswer> => {
    for (const [index, entry] of script.entries()) {
      const count = used.get(entry) ?? 0;
      if (typeof entry !== "function" && (count >= (entry.times ?? Infinity) || !matches(entry, call.request)))
        continue;
      const answer = typeof entry === "function" ? entry : entry.answer;
      // Counted before waiting, so that calls at the same time do not share a turn.
      used.set(entry, count + 1);
      const said = typeof answer === "function" ? await answer(call.request, call) : answer;
      if (said === undefined) {
        used.set(entry, (used.get(entry) ?? 1) - 1);
        continue;
      }
      call.rule = ruleName(entry, index);
      if (isBrainOpsError(said)) throw said;
      return typeof said === "string" ? { text: said } : said;
    }
    const rules = script.map((entry, index) => `\n  ${ruleName(entry, index)}${left(entry)}`);
    throw new BrainOpsError(
      "no_model",
      `${name}: nothing in the script answers this request: "${lastText(call.request).slice(0, 200)}". The script has:${rules.join("")}`,
    );
  };
  const left = (entry: ScriptRule | ScriptFunction): string =>
    typeof entry !== "function" && entry.times !== undefined
      ? ` (used ${used.get(entry) ?? 0} of ${entry.times} times)`
      : "";

  const begin = (request: ModelRequest, streamed: boolean, { signal }: ModelCallOptions): ScriptedCall => {
    if (signal?.aborted === true) throw aborted(name);
    const call = { index: calls.length, request, streamed };
    calls.push(call);
    return call;
  };

  return {
    name,
    calls,
    async generate(request, call = {}) {
      const made = begin(request, false, call);
      const answer = await reply(made);
      if (answer.hang === true) await untilAborted(name, call.signal);
      const failure = scriptedFailure(name, answer);
      if (failure !== undefined) throw failure;
      return scriptedResponse(name, answer, request, made.index + 1);
    },
    async *stream(request, call = {}): AsyncGenerator<StreamPart> {
      const made = begin(request, true, call);
      const answer = await reply(made);
      const response = scriptedResponse(name, answer, request, made.index + 1);
      for (const part of scriptedParts(answer, response)) {
        if (call.signal?.aborted === true) throw aborted(name);
        yield part;
      }
      if (answer.hang === true) await untilAborted(name, call.signal);
      const failure = scriptedFailure(name, answer);
      if (failure !== undefined) throw failure;
      yield { type: "finish", response };
    },
    health: () => Promise.resolve({ ok: true, detail: "It follows a script." }),
    assertAsked() {
      const missing = script.flatMap((entry, index) => {
        if (typeof entry === "function" || entry.optional === true) return [];
        const count = used.get(entry) ?? 0;
        const wanted = entry.times ?? 1;
        return count >= wanted
          ? []
          : [`\n  ${ruleName(entry, index)}: asked ${count} times, expected ${entry.times ?? "at least 1"}`];
      });
      if (missing.length === 0) return;
      throw new BrainOpsError(
        "verify_failed",
        `${name}: not everything that the script expects was asked:${missing.join("")}`,
      );
    },
  };
}

const ruleName = (entry: ScriptRule | ScriptFunction, index: number): string => entry.name || `rule ${index + 1}`;

const aborted = (name: string): BrainOpsError => new BrainOpsError("aborted", `${name}: the caller asked to stop.`);

function matches(rule: ScriptRule, request: ModelRequest): boolean {
  const { when } = rule;
  if (when === undefined) return true;
  if (typeof when === "function") return when(request);
  const text = lastText(request);
  return typeof when === "string" ? text.includes(when) : when.test(text);
}

/** What the last message says. */
function lastText(request: ModelRequest): string {
  const content = request.messages.at(-1)?.content ?? "";
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : JSON.stringify(part))).join("\n");
}

function untilAborted(name: string, signal: AbortSignal | undefined): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal?.aborted === true) reject(aborted(name));
  signal?.addEventListener("abort", () => reject(aborted(name)), { once: true });
  return promise;
}
