import { irregularForms } from "./irregular.ts";
import { keepLast } from "./keep.ts";
import { lightStem } from "./light-stem.ts";
import { oneForm } from "./short-forms.ts";
import { stem } from "./stem.ts";
import { stopWords } from "./stop-words.ts";

/** Which rules {@link analyse} follows. A store that was indexed under other rules must be indexed again. */
export const analyserVersion = 5;

/** Terms longer than this are cut, in records and queries alike. */
const longestTerm = 64;

// The name of a language of one letter; a number with commas between its thousands; a word, or words held together as in paths, identifiers, addresses and error codes; or
// one pictograph, or flag.
const chunk =
  /(?<![\p{L}\p{N}\p{M}_])[A-Za-z](?:\+\+|#)(?![\p{L}\p{N}\p{M}_])|(?<![\p{L}\p{N}\p{M}_])\d{1,3}(?:,\d{3})+(?![\p{L}\p{N}\p{M}_])|[\p{L}\p{N}\p{M}_]+(?:[.\-/:@#'’\\+]+[\p{L}\p{N}\p{M}_]+)*|\p{Extended_Pictographic}|\p{Regional_Indicator}{2}/gu;
// The same where there is nothing but ASCII, as mostly in code: looking characters up in tables of Unicode takes longer.
const asciiChunk =
  /(?<![A-Za-z0-9_])[A-Za-z](?:\+\+|#)(?![A-Za-z0-9_])|(?<![A-Za-z0-9_])\d{1,3}(?:,\d{3})+(?![A-Za-z0-9_])|[A-Za-z0-9_]+(?:[.\-/:@#'\\+]+[A-Za-z0-9_]+)*/g;
// Scripts written without spaces (or, as Hangul, with endings glued on): found by pairs of neighbouring letters.
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u30fc]+/gu;
const anyUnspaced = new RegExp(unspaced.source, "u");
const pictograph = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2})$/u;
const ascii = /^[\p{ASCII}]*$/u;
const plainWord = /^[A-Z]?[a-z]+$/;
const acronyms: ReadonlySet<string> = new Set(["IT", "US", "WHO"]);
const language = /^[A-Za-z](?:\+\+|#)$/;
const lowerLatin = /^[a-z]+$/;
const basicLatin = /^[a-z0-9]+$/;
const thousands = /^\d+(?:,\d+)+$/;
const joints = /[^\p{L}\p{N}\p{M}]+/u;
const humps = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

/**
 * Turns text into the terms that are indexed and searched, in order and with repeats.
 *
 * Letters are folded (compatibility forms, case, accents, `ß` to `ss`); English words are cut to their stems and those without
 * meaning dropped (`IT`, `US` and `WHO` are names), short forms and spellings made one (`config`, `colour`, `5th`); Russian, Ukrainian, Arabic and Hebrew ones lose their endings; identifiers, paths
 * and codes are kept whole and in their parts (`getUserName` gives `getusername`, `get`, `user`, `name`); scripts without spaces
 * give pairs of letters. Anything may be passed: there is no syntax.
 *
 * @example
 * ```ts
 * import { analyse } from "@brainops/core/recall";
 * analyse("The retries of readFile failed: ENOENT");
 * // ["retri", "readfil", "read", "file", "fail", "enoent"]
 * ```
 */
export function analyse(text: string): string[] {
  const terms: string[] = [];
  for (const piece of piecesOf(text)) for (const term of analysePiece(piece)) terms.push(term);
  return terms;
}

/**
 * Cuts a text into the pieces that {@link analyse} looks at one by one: the terms of a text are those of its pieces, in order. So
 * whoever keeps what becomes of a piece need not analyse it again.
 *
 * @example
 * ```ts
 * import { analysePiece, piecesOf } from "@brainops/core/recall";
 * const terms = piecesOf("Deploys time out.").flatMap(analysePiece);
 * ```
 */
export function piecesOf(text: string): string[] {
  return (ascii.test(text) ? text.match(asciiChunk) : fold(text).match(chunk)) ?? [];
}

/** A part of a text is about so long: it takes a few milliseconds to become terms. */
const partLength = 4096;
/** Where no piece goes on. */
const between = /[\s;!?。，、；！？…()]/g;

/** Cuts a text where no piece of {@link piecesOf} goes on: the pieces of the text are those of its parts, in order. */
export function* partsOf(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    between.lastIndex = from + partLength;
    const found = between.exec(text);
    const to = found === null ? text.length : found.index + 1;
    yield text.slice(from, to);
    from = to;
  }
}

// What became of a piece is remembered: a working vocabulary is small.
const pieces = keepLast<string, readonly string[]>(50_000);

/**
 * The terms of one of {@link piecesOf}.
 *
 * @example
 * ```ts
 * import { analysePiece, piecesOf } from "@brainops/core/recall";
 * const terms = piecesOf("Deploys time out.").flatMap(analysePiece);
 * ```
 */
export function analysePiece(piece: string): readonly string[] {
  const known = pieces.get(piece);
  if (known !== undefined) return known;
  const found: string[] = [];
  const own = isKept(piece) ? apartFromText(piece) : piece;
  addPiece(found, own);
  if (isKept(piece)) pieces.set(own, found);
  return found;
}

/** Whether what becomes of a piece is worth being remembered: what is long, nobody will say again. */
export function isKept(piece: string): boolean {
  return piece.length <= longestTerm;
}

/** The same piece, without the text that it was cut out of: for an engine a part of a text is mostly the text and a place in it. */
export function apartFromText(piece: string): string {
  return Buffer.from(piece).toString();
}

function addPiece(terms: string[], piece: string): void {
  if (plainWord.test(piece)) addWord(terms, piece.toLowerCase());
  else if (language.test(piece)) {
    terms.push(piece.toLowerCase());
    addWord(terms, piece.charAt(0).toLowerCase());
  } else if (thousands.test(piece)) {
    // It may be a list of numbers as well.
    terms.push(piece.replaceAll(",", ""));
    addCompound(terms, piece);
  } else if (pictograph.test(piece)) terms.push(piece);
  else if (anyUnspaced.test(piece)) addUnspaced(terms, piece);
  else addCompound(terms, piece);
}

/**
 * How often each term stands in a text, and how many terms it has.
 *
 * @example
 * ```ts
 * import { countTerms } from "@brainops/core/recall";
 * const { frequencies, length } = countTerms("a queue behind a queue");
 * console.log(frequencies.get("queue"), length);
 * ```
 */
export function countTerms(text: string): {
  /** How often each term stands there. */
  readonly frequencies: ReadonlyMap<string, number>;
  /** How many terms there are, repetitions counted. */
  readonly length: number;
} {
  const frequencies = new Map<string, number>();
  const terms = analyse(text);
  for (const term of terms) frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
  return { frequencies, length: terms.length };
}

// Letters that are written in another way where they are not at hand, and that no form of Unicode takes apart; in Arabic,
// the forms of alif, yeh and teh marbuta that are written for each other.
const letters: ReadonlyMap<string, string> = new Map(
  "ß:ss ẞ:SS æ:ae Æ:AE œ:oe Œ:OE ø:o Ø:O ł:l Ł:L đ:d Đ:D ı:i آ:ا أ:ا إ:ا ٱ:ا ى:ي ة:ه"
    .split(" ")
    .map((pair) => pair.split(":") as [string, string]),
);
const respelt = new RegExp(`[${[...letters.keys()].join("")}]`, "gu");
// Accents, Arabic vowels and the stroke that widens words, and what only says where a line may be broken.
const dropped = /[\u0300-\u036f\u0640\u064b-\u0655\u0670\u00ad\u200b\u2060\ufeff]/g;

function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(dropped, "")
    .normalize("NFKC")
    .replace(respelt, (letter) => letters.get(letter) ?? letter);
}

function addWord(terms: string[], found: string): void {
  if (stopWords.has(found)) return;
  const word = basicLatin.test(found) ? oneForm(found) : found;
  const term = lowerLatin.test(word) ? stem(irregularForms.get(word) ?? word) : lightStem(word);
  terms.push(term.length > longestTerm ? term.slice(0, longestTerm) : term);
}

function addCompound(terms: string[], found: string): void {
  const parts: string[] = [];
  for (const piece of found.split(joints)) {
    for (const part of piece.split(humps)) if (part !== "") parts.push(part.toLowerCase());
  }
  // "Caroline's" and "don't" are words with an ending, not compounds.
  const apostrophe = /^(\p{L}+)['’]\p{L}{1,2}$/u.exec(found);
  if (apostrophe?.[1] !== undefined) return addWord(terms, apostrophe[1].toLowerCase());
  // They are names, whatever the same letters are in lower case.
  if (acronyms.has(found)) terms.push(found.toLowerCase());
  if (parts.length > 1) addWord(terms, found.toLowerCase());
  // Single letters and digits of a compound say nothing by themselves.
  for (const part of parts) if (part.length > 1 || parts.length === 1) addWord(terms, part);
}

function addUnspaced(terms: string[], found: string): void {
  let end = 0;
  for (const match of found.matchAll(unspaced)) {
    if (match.index > end) addCompound(terms, found.slice(end, match.index));
    const letters = [...match[0]];
    if (letters.length === 1) terms.push(match[0]);
    for (let i = 1; i < letters.length; i++) terms.push(`${letters[i - 1]}${letters[i]}`);
    end = match.index + match[0].length;
  }
  if (end < found.length) addCompound(terms, found.slice(end));
}
