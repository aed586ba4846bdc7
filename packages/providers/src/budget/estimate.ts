import type { Message, ModelRequest, Usage } from "@brainops/core";

/** What a request is likely to use, guessed before it is sent. */
export interface Estimate extends Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Vendors count an image or a page as about so many tokens. */
const fileTokens = 1_500;
/** A little less than the usual four characters a token: rather too many tokens than too few. */
const charactersAToken = 3.5;

/**
 * Guesses the tokens of a request: its characters, and for the answer the limit that it gives, or `assumed` where it
 * gives none.
 */
export function estimate(request: ModelRequest, assumed: number): Estimate {
  let characters = (request.system?.length ?? 0) + textOf(request.tools) + textOf(request.output?.schema);
  let files = 0;
  for (const message of request.messages) {
    const [text, count] = sizeOf(message);
    characters += text;
    files += count;
  }
  const inputTokens = tokensIn(characters) + files * fileTokens;
  return { inputTokens, outputTokens: request.maxTokens ?? assumed };
}

const tokensIn = (characters: number): number => Math.ceil(characters / charactersAToken);

/** Guesses the tokens of a text. */
export const tokensOf = (text: string): number => tokensIn(text.length);

const textOf = (value: unknown): number => (value === undefined ? 0 : JSON.stringify(value).length);

function sizeOf({ content }: Message): readonly [characters: number, files: number] {
  if (typeof content === "string") return [content.length, 0];
  let characters = 0;
  let files = 0;
  for (const part of content) {
    if (part.type === "file") files += 1;
    else if (part.type === "text" || part.type === "reasoning") characters += part.text.length;
    else characters += textOf(part);
  }
  return [characters, files];
}
