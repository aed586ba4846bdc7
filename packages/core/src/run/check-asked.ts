import type { Effect, EffectClass } from "../contracts/effect.ts";
import { BrainOpsError } from "../contracts/error.ts";
import type { Json } from "../contracts/json.ts";
import type { ModelRequest } from "../contracts/model.ts";
import type { Question } from "../contracts/node.ts";

// What the compiler refuses, JavaScript lets through. A wrong class would mean that a crash is taken for another one.

const classes: { readonly [Class in EffectClass]: true } = {
  pure: true,
  idempotent: true,
  compensatable: true,
  irreversible: true,
};

/** Throws `invalid_input` for an effect without a name, a class or something to do. */
export function checkEffect<Result extends Json | void>(effect: Effect<Result>): Effect<Result> {
  if (typeof effect?.name === "string" && typeof effect.run === "function" && Object.hasOwn(classes, effect.class))
    return effect;
  const known = Object.keys(classes).join(", ");
  const { name, class: given } = (effect ?? {}) as Partial<Effect<Result>>;
  throw refused(
    name !== undefined && typeof effect.run === "function"
      ? `The effect '${name}' has the class '${given}', and a crash in the middle of it would mean nothing; known are: ${known}.`
      : 'An effect has a name, a class and something to do: ctx.effect({ name: "read", class: "pure", run: () => … }).',
  );
}

/** Throws `invalid_input` for a request without messages: a model would answer to nothing, or its vendor refuse it. */
export function checkRequest(request: ModelRequest): void {
  if (Array.isArray(request?.messages)) return;
  throw refused('A request to a model has messages: ctx.generate({ messages: [{ role: "user", content: "…" }] }).');
}

/** Throws `invalid_input` for a question without words. */
export function checkQuestion(question: Question): Question {
  if (typeof question?.text === "string") return question;
  throw refused('A question has a text: ctx.ask({ text: "Go on?", options: ["yes", "no"] }).');
}

/** Throws `invalid_input` for what is no time in milliseconds. */
export function checkPause(ms: number): number {
  if (typeof ms === "number" && !Number.isNaN(ms)) return ms;
  throw refused(`ctx.sleep takes milliseconds, as in ctx.sleep(60_000); ${typeof ms} was given.`);
}

const refused = (message: string): BrainOpsError => new BrainOpsError("invalid_input", message);
