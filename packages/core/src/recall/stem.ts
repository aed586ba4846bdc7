/**
 * Cuts an English word back to its stem, so that `retries`, `retrying` and `retry` are one term. The rules are those of
 * M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980. The word must be lower-case a–z.
 */
export function stem(word: string): string {
  if (word.length < 3) return word;
  let w = word;
  w = pluralAndParticiple(w);
  if (w.endsWith("y") && hasVowel(w, w.length - 1)) w = w.slice(0, -1) + "i";
  w = replaceSuffix(w, doubleSuffixes);
  w = replaceSuffix(w, singleSuffixes);
  w = dropSuffix(w);
  if (w.endsWith("e")) {
    const m = measure(w, w.length - 1);
    if (m > 1 || (m === 1 && !endsCvc(w, w.length - 1))) w = w.slice(0, -1);
  }
  if (w.endsWith("ll") && measure(w, w.length - 1) > 1) w = w.slice(0, -1);
  return w;
}

function pluralAndParticiple(word: string): string {
  let w = word;
  if (w.endsWith("sses") || w.endsWith("ies")) w = w.slice(0, -2);
  else if (w.endsWith("s") && !w.endsWith("ss")) w = w.slice(0, -1);
  if (w.endsWith("eed")) return measure(w, w.length - 3) > 0 ? w.slice(0, -1) : w;
  const cut = w.endsWith("ed") ? 2 : w.endsWith("ing") ? 3 : 0;
  if (cut === 0 || !hasVowel(w, w.length - cut)) return w;
  w = w.slice(0, -cut);
  if (w.endsWith("at") || w.endsWith("bl") || w.endsWith("iz")) return w + "e";
  if (endsDouble(w) && !/[lsz]$/.test(w)) return w.slice(0, -1);
  if (measure(w, w.length) === 1 && endsCvc(w, w.length)) return w + "e";
  return w;
}

const doubleSuffixes: readonly (readonly [string, string])[] = [
  ["ational", "ate"],
  ["tional", "tion"],
  ["enci", "ence"],
  ["anci", "ance"],
  ["izer", "ize"],
  ["abli", "able"],
  ["alli", "al"],
  ["entli", "ent"],
  ["eli", "e"],
  ["ousli", "ous"],
  ["ization", "ize"],
  ["ation", "ate"],
  ["ator", "ate"],
  ["alism", "al"],
  ["iveness", "ive"],
  ["fulness", "ful"],
  ["ousness", "ous"],
  ["aliti", "al"],
  ["iviti", "ive"],
  ["biliti", "ble"],
];

const singleSuffixes: readonly (readonly [string, string])[] = [
  ["icate", "ic"],
  ["ative", ""],
  ["alize", "al"],
  ["iciti", "ic"],
  ["ical", "ic"],
  ["ful", ""],
  ["ness", ""],
];

const lastSuffixes: readonly string[] =
  "ement ance ence able ible ment ant ent ism ate iti ous ive ize ion al er ic ou".split(" ");

function replaceSuffix(word: string, pairs: readonly (readonly [string, string])[]): string {
  for (const [suffix, replacement] of pairs) {
    if (!word.endsWith(suffix)) continue;
    const end = word.length - suffix.length;
    return measure(word, end) > 0 ? word.slice(0, end) + replacement : word;
  }
  return word;
}

function dropSuffix(word: string): string {
  for (const suffix of lastSuffixes) {
    if (!word.endsWith(suffix)) continue;
    const end = word.length - suffix.length;
    if (suffix === "ion" && word[end - 1] !== "s" && word[end - 1] !== "t") return word;
    return measure(word, end) > 1 ? word.slice(0, end) : word;
  }
  return word;
}

function isConsonant(word: string, i: number): boolean {
  switch (word[i]) {
    case "a":
    case "e":
    case "i":
    case "o":
    case "u":
      return false;
    case "y":
      return i === 0 || !isConsonant(word, i - 1);
    default:
      return true;
  }
}

/** How many times a vowel is followed by a consonant in the first `end` letters. */
function measure(word: string, end: number): number {
  let count = 0;
  let afterVowel = false;
  for (let i = 0; i < end; i++) {
    const consonant = isConsonant(word, i);
    if (consonant && afterVowel) count++;
    afterVowel = !consonant;
  }
  return count;
}

function hasVowel(word: string, end: number): boolean {
  for (let i = 0; i < end; i++) if (!isConsonant(word, i)) return true;
  return false;
}

function endsDouble(word: string): boolean {
  const last = word.length - 1;
  return last > 0 && word[last] === word[last - 1] && isConsonant(word, last);
}

/** Whether the first `end` letters end in consonant, vowel, consonant, and the last is none of w, x, y. */
function endsCvc(word: string, end: number): boolean {
  if (end < 3) return false;
  const last = word[end - 1];
  return (
    isConsonant(word, end - 1) &&
    !isConsonant(word, end - 2) &&
    isConsonant(word, end - 3) &&
    last !== "w" &&
    last !== "x" &&
    last !== "y"
  );
}
