// The inflections of nouns and adjectives, the longest first: a light stemmer, such as those of J. Savoy, "Light stemming
// approaches for the French, Portuguese, German and Hungarian languages", SAC 2006.
const cyrillic = /^[\p{Script=Cyrillic}]+$/u;
const cyrillicEndings =
  "иями ями ами ого его ому ему ыми ими ией иям иях ях ах ям ам ой ей ый ий ые ие ая яя ое ее ую юю ою ею ых их ом ем ев ов ів у ю а я о е и ы і ь й".split(
    " ",
  );

// L. S. Larkey, L. Ballesteros, M. E. Connell, "Improving stemming for Arabic information retrieval", SIGIR 2002 (light10).
const arabic = /^[\p{Script=Arabic}]+$/u;
const arabicBeginnings = "وال بال كال فال لل ال".split(" ");
const arabicEndings = "ها ان ات ون ين يه ه ي".split(" ");

// The article, alone or after "and", and the plural.
const hebrew = /^[\p{Script=Hebrew}]+$/u;
const hebrewBeginnings = "וה ה".split(" ");
const hebrewEndings = "ים ות".split(" ");

/** Cuts the inflection from a Russian, Ukrainian, Bulgarian …, Arabic or Hebrew word; any other stays as it is. */
export function lightStem(word: string): string {
  if (cyrillic.test(word)) return withoutEnding(word, cyrillicEndings, 3);
  if (arabic.test(word)) return withoutEnding(withoutBeginning(word, arabicBeginnings, 2), arabicEndings, 2);
  if (hebrew.test(word)) return withoutEnding(withoutBeginning(word, hebrewBeginnings, 3), hebrewEndings, 2);
  return word;
}

function withoutBeginning(word: string, beginnings: readonly string[], least: number): string {
  const beginning = beginnings.find((each) => word.startsWith(each) && word.length - each.length >= least) ?? "";
  return word.slice(beginning.length);
}

function withoutEnding(word: string, endings: readonly string[], least: number): string {
  const ending = endings.find((each) => word.endsWith(each) && word.length - each.length >= least) ?? "";
  return word.slice(0, word.length - ending.length);
}
