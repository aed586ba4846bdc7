import { analyse } from "../recall/analyse.ts";

/**
 * Words that may come or go without changing what is said. Nothing that negates, limits, compares, orders in time or place,
 * or says how likely something is: "not", "only", "before", "under", "most", "may" and "again" are all missing on purpose.
 */
const fillers: ReadonlySet<string> = new Set(
  (
    "a an the that this these those is are was were be been being am do does did has have had it its there here " +
    "very really quite just simply basically actually also please so then well indeed of course which"
  ).split(" "),
);

/** Words that begin a clause which may as well stand at the end: "when A, B" says the same as "B when A". */
const movable: ReadonlySet<string> = new Set(
  "when whenever if because since as while after before unless until once although".split(" "),
);

/** What a stop stands before or after says how far these reach: "it failed, no retry" is not "it failed no, retry". */
const limiting: ReadonlySet<string> = new Set(
  (
    "no not never nor neither none nothing only without except unless cannot " +
    "nicht kein keine nur non pas ne sans seulement nunca jamás sin solo não nunca sem só nie bez не нет нельзя ни без только"
  ).split(" "),
);
const stop = /[,:;()–—]/u;

const word = /[\p{L}\p{N}\p{M}_]+(?:[.\-/:@#'’\\+%°]+[\p{L}\p{N}\p{M}_]+)*|[<>=!+*/%^~|&-]+|[^\s\p{P}]/gu;
const plain = /^\p{L}[\p{Ll}\p{M}]*$/u;
const english = /^[a-z]+$/;
const negated = /^(\p{L}+)n['’]t$/iu;
const irregularNegations: { readonly [word: string]: string } = { ca: "can", wo: "will", sha: "shall" };

/** The text with only what cannot matter made equal: form of characters, white space, and the end of the last sentence. */
export function normalised(text: string): string {
  const line = text.normalize("NFKC").replaceAll(/\s+/gu, " ").trim();
  return line.replace(/[.!…]+$/u, "").trim() || line;
}

/**
 * What a text says, word by word, with only differences left out that cannot change it: white space, punctuation between
 * words (but not beside one that negates or limits), capitals of ordinary words at the beginning of a sentence, endings of English words, contractions, words without
 * content, and whether a clause with "when" or "because" stands before or after the other. Numbers, names, identifiers,
 * negations and the order of words all stay. Two texts with the same signature say the same.
 */
export function signature(text: string): readonly string[] {
  return normalised(text)
    .split(/(?<=[.!?;:\n])\s+/u)
    .flatMap((sentence) => [...sentenceWords(sentence), sentence.endsWith("?") ? "?" : "."]);
}

function sentenceWords(sentence: string): string[] {
  const turned = turnedAround(sentence);
  const words: string[] = [];
  let [end, limitsBefore] = [0, false];
  for (const [index, match] of [...turned.matchAll(word)].entries()) {
    const [found] = match;
    const limits = limiting.has(found.toLowerCase()) || negated.test(found);
    if (index > 0 && (limits || limitsBefore) && stop.test(turned.slice(end, match.index))) words.push(",");
    words.push(...wordsOf(found, index === 0 || found === firstWord(sentence)));
    [end, limitsBefore] = [match.index + found.length, limits];
  }
  return words;
}

/** "When A, B" as "B when A". Only with a single comma: more of them may be a list. */
function turnedAround(sentence: string): string {
  const [before, after, ...more] = sentence.split(/,\s+/u);
  if (before === undefined || after === undefined || more.length > 0) return sentence;
  if (!movable.has(firstWord(before).toLowerCase())) return sentence;
  return `${after.replace(/[.!?;:]+$/u, "")} ${before}`;
}

function firstWord(sentence: string): string {
  return /^[^\p{L}\p{N}]*(\p{L}+)/u.exec(sentence)?.[1] ?? "";
}

function wordsOf(found: string, begins: boolean): string[] {
  const negation = negated.exec(found)?.[1]?.toLowerCase();
  if (negation !== undefined) return [...wordsOf(irregularNegations[negation] ?? negation, true), "not"];
  if (found === "cannot") return ["can", "not"];
  // Only the first word of a sentence has a capital that means nothing; elsewhere it is a name.
  const lower = begins && /^\p{Lu}\p{Ll}*$/u.test(found) ? found.toLowerCase() : found;
  if (!plain.test(lower) || /^\p{Lu}/u.test(lower)) return [lower];
  if (fillers.has(lower)) return [];
  // The analyser drops common words, which here may carry the difference ("before", "not"); those stay as they are. It also
  // drops accents, by which words differ in most languages ("schon", "schön").
  const stem = english.test(lower) ? (analyse(lower)[0] ?? lower) : lower;
  return [stem + (lower.length >= longEnough ? long : "")];
}

/** So long must a word be for a slip in it to be seen as one: short words with a slip are often other words. */
const longEnough = 8;
/** Stands behind the stem of a word that is so long. */
const long = "~";

/**
 * A signature in which slips of the pen no longer show: letters of words are sorted, and doubled ones taken once. A key to
 * find pairs by, which {@link differBySlips} then looks at.
 */
export function slipKey(words: readonly string[]): string {
  return words.map((each) => (/^\p{Ll}+~?$/u.test(each) ? [...new Set(stemOf(each))].sort().join("") : each)).join(" ");
}

/** Whether two signatures differ by nothing but slips in long words: two letters swapped, or a letter doubled or not. */
export function differBySlips(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each, i) => isSame(each, other[i] ?? ""));
}

function stemOf(each: string): string {
  return each.replace(/~$/, "");
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [stemOf(one), stemOf(other)];
  if (a === b) return true;
  if (!one.endsWith(long) || !other.endsWith(long)) return false;
  const single = (text: string): string => text.replaceAll(/(.)\1/gu, "$1");
  if (single(a) === single(b)) return true;
  const at = [...a].findIndex((letter, i) => letter !== b[i]);
  return a.length === b.length && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}
