import type { Hit, MemoryRecord } from "../contracts/record.ts";

/** A text that is cut to fewer tokens than this says nothing any more. */
const fewestTokens = 16;

/** About how many tokens a text is: four characters of ASCII are one, any other character is one by itself. */
export function tokensOf(text: string): number {
  let ascii = 0;
  let others = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 128) ascii++;
  if (ascii < text.length) for (const letter of text) if ((letter.codePointAt(0) ?? 0) >= 128) others++;
  return Math.ceil(ascii / 4) + others;
}

/** The longest beginning of a text that is so many tokens, never ending within a letter. */
function cutText(text: string, tokens: number): string {
  let quarters = tokens * 4;
  let end = 0;
  for (const letter of text) {
    quarters -= (letter.codePointAt(0) ?? 0) < 128 ? 1 : 4;
    if (quarters < 0) break;
    end += letter.length;
  }
  return text.slice(0, end);
}

/**
 * Keeps the hits, best first, that fit into so many tokens with their context. Of the first that does not fit, the context is left
 * out, then its text is cut; the rest is left out, which a note says.
 */
export function fitTokens(hits: readonly Hit[], maxTokens: number, notes: string[]): Hit[] {
  const kept: Hit[] = [];
  let left = maxTokens;
  for (const hit of hits) {
    const own = tokensOf(hit.record.text);
    const around = sum(hit.context ?? []);
    if (own + around <= left) {
      kept.push(hit);
      left -= own + around;
      continue;
    }
    const { context: _context, ...alone } = hit;
    if (own <= left) kept.push({ ...alone, why: `${hit.why}; without its context, to fit` });
    else if (left >= fewestTokens || kept.length === 0) {
      const record = { ...hit.record, text: cutText(hit.record.text, left) };
      kept.push({ ...alone, record, why: `${hit.why}; cut to ${left} tokens`, cut: true });
    }
    break;
  }
  const out = hits.length - kept.length;
  if (out > 0) notes.push(`${out} more ${out === 1 ? "hit does" : "hits do"} not fit into ${maxTokens} tokens.`);
  return kept;
}

function sum(records: readonly MemoryRecord[]): number {
  return records.reduce((tokens, { text }) => tokens + tokensOf(text), 0);
}
