import { variable } from "./log-tokens.ts";

// What went wrong is no name: TypeError, ENOENT, refused.
const error = /(?:Error|Exception|Fault|Failure|Panic)\b|error|fail|invalid|refus|den(?:y|ied)\b|timeout|reset\b|abort/;
// Neither is what was done, how bad it is, a state or a method: opened, reading, WARN, ESTABLISHED, POST.
const said =
  /[a-z](?:ed|ing)\W*$|^\W*(?:[A-Z][A-Z_]{2,}|trace|debug|info|notice|warn(?:ing)?|crit(?:ical)?|alert|emerg|fatal|panic|severe)\W*$/;
// Behind these words there is a verb.
const verbal = /^(?:not|cannot|can't|couldn't|didn't|don't|won't|never)$/i;
const meant =
  /^(?:fail(?:ed|s|ing)?|failure|unable|able|try(?:ing)?|tried|attempt(?:ed|ing)?|about|going|refus(?:ed|es|ing)|waiting|ready)$/i;

/** Whether a token may stand where others are names: all but what went wrong, and the key before a value. */
export function mayBeName(token: string): boolean {
  return token === variable || !(token.endsWith("=") || error.test(token));
}

/** Whether a token shows that its place holds names, by itself and by what stands before it. */
function isName(tokens: readonly string[], at: number): boolean {
  const [token = "", before = "", beyond = ""] = [tokens[at], tokens[at - 1], tokens[at - 2]];
  return !said.test(token) && !verbal.test(before) && !(before === "to" && meant.test(beyond));
}

// A program has few things to say, and many to say them of: where so many different words stood at one place and all else was
// the same, the place holds a name. Fewer may be verbs, states or grades, of which a place has some five or six.
const leastNames = 6;
/** Words that are the same, for each place with a name: what is left must still say something. */
const leastSame = 3;
const mostNames = 3;

/**
 * Where names stand in a line, seen from lines that are like it: the places, and the lines that differ from it nowhere else.
 * Undefined while too few are known.
 */
export function namesIn<T extends { readonly tokens: readonly string[] }>(
  line: T,
  others: readonly T[],
): { readonly places: readonly number[]; readonly alike: readonly T[] } | undefined {
  const same = line.tokens.filter((token) => !token.includes(variable)).length;
  const most = Math.min(mostNames, same - leastSame, Math.floor(same / 2));
  if (most <= 0) return undefined;
  const found = new Map<string, { readonly places: readonly number[] }>();
  const near: { readonly other: T; readonly places: readonly number[] }[] = [];
  for (const other of others) {
    const places = differing(line.tokens, other.tokens, most);
    if (places === undefined) continue;
    near.push({ other, places });
    found.set(places.join(), { places });
  }
  if (near.length + 1 < leastNames) return undefined;
  const tried = [...found.values()].toSorted((a, b) => a.places.length - b.places.length);
  for (const { places } of tried) {
    const alike = [
      line,
      ...near.filter((each) => each.places.every((at) => places.includes(at))).map((each) => each.other),
    ];
    const names = (at: number): number => {
      const words = new Set(alike.filter(({ tokens }) => isName(tokens, at)).map(({ tokens }) => tokens[at]));
      // What has become a value was two at least.
      return words.size + (words.has(variable) ? 1 : 0);
    };
    if (places.every((at) => names(at) >= leastNames)) return { places, alike };
  }
  return undefined;
}

/** Where two lines differ in what may be a name; undefined when they differ in more, or in something else. */
function differing(one: readonly string[], other: readonly string[], most: number): readonly number[] | undefined {
  const places: number[] = [];
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i] && places.push(i) > most) return undefined;
  const names = places.every((i) => mayBeName(one[i] ?? "") && mayBeName(other[i] ?? ""));
  return names && places.length > 0 ? places : undefined;
}
