import type { Json } from "../contracts/json.ts";

/** Shorter texts stand in too many places to say anything by standing there. */
const shortest = 12;

/** Makes a search for many texts at once; its time grows with the text that is searched, not with how many are sought. */
export function findPhrases(phrases: Iterable<string>): (text: string) => boolean {
  const byStart = new Map<string, string[]>();
  for (const phrase of phrases) {
    if (phrase.length < shortest) continue;
    const start = phrase.slice(0, shortest);
    const same = byStart.get(start);
    if (same === undefined) byStart.set(start, [phrase]);
    else same.push(phrase);
  }
  return (text) => {
    if (byStart.size === 0) return false;
    for (let at = 0; at + shortest <= text.length; at++) {
      const found = byStart.get(text.slice(at, at + shortest));
      if (found?.some((phrase) => text.startsWith(phrase, at)) === true) return true;
    }
    return false;
  };
}

/** Makes a search for a name as a word of its own, in upper or lower case. */
export function findWord(word: string): (text: string) => boolean {
  const escaped = word.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  const expression = new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, "iu");
  return (text) => expression.test(text);
}

/** Whether a string in a value, or a key in it, passes. */
export function someText(value: Json | undefined, passes: (text: string) => boolean): boolean {
  if (typeof value === "string") return passes(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([key, member]) => (!Array.isArray(value) && passes(key)) || someText(member, passes),
  );
}
