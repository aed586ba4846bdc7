import type { AskedInstead } from "../contracts/run-terms.ts";
import type { Json } from "../contracts/json.ts";
import type { Message } from "../contracts/message.ts";
import type { ModelRequest } from "../contracts/model.ts";
import { canonical } from "../journal/canonical.ts";

/** What a node asks of a model. */
export interface ModelAsk {
  readonly model?: string;
  readonly request: ModelRequest;
}

/** A model call as a fork makes it, and how it stands in entries before positions at which a fork changed it. */
export interface Altered {
  readonly ask: ModelAsk;
  /** The newest first. */
  readonly earlier: readonly { readonly before: number; readonly input: Json }[];
}

/** Changes a model call as the forks of a run want it: the one that began last has the last word. */
export function alter(instead: readonly AskedInstead[], node: string, asked: ModelAsk): Altered {
  const earlier: { before: number; input: Json }[] = [];
  let ask = asked;
  for (const change of instead) {
    if (change.node !== undefined && change.node !== node) continue;
    const next = changed(ask, change);
    if (next === ask) continue;
    earlier.unshift({ before: change.from, input: ask as unknown as Json });
    ask = next;
  }
  return { ask, earlier };
}

/** The same call when nothing in it changes. */
function changed(ask: ModelAsk, { model, prompt }: AskedInstead): ModelAsk {
  const { request } = ask;
  const next = {
    ...ask,
    ...(model === undefined ? {} : { model }),
    request: prompt === undefined ? request : reworded(request, prompt),
  };
  return canonical(next as unknown as Json) === canonical(ask as unknown as Json) ? ask : next;
}

/** What users say is the prompt, too; what the model and tools have said stays as it is. */
function reworded(request: ModelRequest, prompt: { readonly replace: string; readonly with: string }): ModelRequest {
  const put = (text: string): string => text.replaceAll(prompt.replace, () => prompt.with);
  const { system } = request;
  const messages = request.messages.map((message): Message => {
    if (message.role !== "user") return message;
    const { content } = message;
    if (typeof content === "string") return { ...message, content: put(content) };
    return {
      ...message,
      content: content.map((part) => (part.type === "text" ? { ...part, text: put(part.text) } : part)),
    };
  });
  return { ...request, ...(system === undefined ? {} : { system: put(system) }), messages };
}
