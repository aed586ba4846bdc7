import type { Message } from "../contracts/message.ts";
import { estimate } from "./estimate.ts";

/** A turn: what the model said, with the results of its calls and whatever it was told after. Never taken apart. */
export type Turn = readonly [Message, ...Message[]];

/** A conversation, so that older turns can give way without separating a call from its result. */
export interface Conversation {
  /** What it began with, before the model first spoke. */
  readonly head: readonly Message[];
  /** What became of the turns that gave way. */
  readonly story?: string;
  readonly turns: readonly Turn[];
}

/** Begins a conversation with messages; what the model said in them makes turns. */
export function begin(messages: readonly Message[]): Conversation {
  const first = messages.findIndex(({ role }) => role === "assistant");
  const head = first === -1 ? messages : messages.slice(0, first);
  return messages.slice(head.length).reduce(say, { head, turns: [] });
}

/** The conversation with one message more. */
export function say(talk: Conversation, message: Message): Conversation {
  const last = talk.turns.at(-1);
  if (message.role === "assistant") return { ...talk, turns: [...talk.turns, [message]] };
  if (last === undefined) return { ...talk, head: [...talk.head, message] };
  return { ...talk, turns: [...talk.turns.slice(0, -1), [...last, message]] };
}

/** The messages to send. */
export function messagesOf(talk: Conversation): readonly Message[] {
  const story: Message[] = talk.story === undefined ? [] : [{ role: "user", content: talk.story }];
  return [...talk.head, ...story, ...talk.turns.flat()];
}

/** Names of the tools that were called, each once. */
export function calledTools(talk: Conversation): readonly string[] {
  const names = messagesOf(talk).flatMap(({ role, content }) =>
    role !== "assistant" || typeof content === "string"
      ? []
      : content.flatMap((part) => (part.type === "tool-call" ? [part.name] : [])),
  );
  return [...new Set(names)];
}

/** Whether any tool was called. */
export function hasCalls(talk: Conversation): boolean {
  return calledTools(talk).length > 0;
}

/** Divides the turns into those that give way and the newest, which stay: as many as fit, the last one in any case. */
export function divide(
  talk: Conversation,
  tokens: number,
): { readonly old: readonly Turn[]; readonly kept: readonly Turn[] } {
  let room = tokens;
  let from = talk.turns.length;
  for (const [index, turn] of [...talk.turns.entries()].reverse()) {
    room -= estimate(turn);
    if (room < 0 && from < talk.turns.length) break;
    from = index;
  }
  return { old: talk.turns.slice(0, from), kept: talk.turns.slice(from) };
}
