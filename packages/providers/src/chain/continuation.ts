import type { ModelRequest, ModelResponse, StreamPart } from "@brainops/core";

/** An answer that another model goes on with. */
export interface Continuation {
  /** What the next model is asked. */
  readonly request: ModelRequest;
  /** A part of the next model as listeners see it: without the text that it says again. Nothing while that is open. */
  part(part: StreamPart): readonly StreamPart[];
  /** Text that was held back and turned out to be new. */
  end(): string;
  /** The whole answer: what was there, and what was added. */
  join(response: ModelResponse): ModelResponse;
}

const instruction =
  "Your answer was cut off by a broken connection. Continue it exactly where it stops: your first character follows its " +
  "last one. Repeat nothing, and add no remark about the interruption.";

/** From this length on a repetition is no accident, wherever it begins. */
const longEnough = 16;

/** A single short word may be said twice on purpose. */
const leastWord = 3;

/** Lets the next model go on with a text. Models like to say the last words again: those are taken out. */
export function continuation(request: ModelRequest, before: string): Continuation {
  let held = "";
  let open = true;
  let added = "";
  const show = (text: string): string => {
    added += text;
    return text;
  };

  return {
    request: {
      ...request,
      messages: [...request.messages, { role: "assistant", content: before }, { role: "user", content: instruction }],
    },
    part(part) {
      if (part.type === "discard") {
        // What the next model takes back is its own text only; the first part of the answer is said again.
        const took = added !== "";
        held = added = "";
        open = true;
        return took ? [part, { type: "text", text: before }] : [];
      }
      if (part.type !== "text") return [part];
      if (!open) return [{ type: "text", text: show(part.text) }];
      held += part.text;
      if (mayRepeat(before, held)) return [];
      open = false;
      const text = show(held.slice(overlap(before, held)));
      held = "";
      return text === "" ? [] : [{ type: "text", text }];
    },
    end() {
      const rest = open ? show(held.slice(overlap(before, held))) : "";
      open = false;
      return rest;
    },
    join(response) {
      const text = before + added;
      const others =
        typeof response.message.content === "string"
          ? []
          : response.message.content.filter((part) => part.type !== "text");
      return {
        ...response,
        text,
        message: { role: "assistant", content: [{ type: "text", text }, ...others] },
      };
    },
  };
}

/**
 * Whether the end of the old text, from a place on, would be a repetition if the new text began with it: all of it, a long
 * piece, or whole words. One word alone only where it would run into itself ("forty" and "forty-two"), since "very" may
 * well follow "very ".
 */
function wouldRepeat(before: string, from: number): boolean {
  const end = before.slice(from);
  if (from === 0 || end.length >= longEnough) return true;
  if (end.length < leastWord || !/^\w/.test(end) || /\w/.test(before.charAt(from - 1))) return false;
  return /\w$/.test(end) || /\s\S/.test(end.trimEnd());
}

/** Whether the new text, so far, could be the beginning of something that the old text ends with. */
function mayRepeat(before: string, held: string): boolean {
  for (let from = before.indexOf(held); from >= 0; from = before.indexOf(held, from + 1)) {
    if (before.length - from > held.length && wouldRepeat(before, from)) return true;
  }
  return false;
}

/** How many characters at the start of the new text repeat the end of the old one. */
function overlap(before: string, held: string): number {
  for (let from = Math.max(0, before.length - held.length); from < before.length; from += 1) {
    if (held.startsWith(before.slice(from)) && wouldRepeat(before, from)) return before.length - from;
  }
  return 0;
}
