import { analysePiece, apartFromText, isKept, partsOf, piecesOf } from "./analyse.ts";

/** The tokens of a text, each once, how often each stands in it, and how many terms it has. */
export interface Tokens {
  /** The tokens, in the order in which they come first. */
  readonly tokens: readonly number[];
  /** How often each stands there, in the same order. */
  readonly counts: readonly number[];
  /** How many terms the text has, repetitions counted. */
  readonly length: number;
}

/** Gives the tokens of texts, and remembers those of words. */
export interface Tokenizer {
  (text: string): Tokens;
  /** The same, a few milliseconds at a time: a long text takes long. */
  steps(text: string): Generator<undefined, Tokens>;
}

/** The tokens of so many pieces of texts are remembered: a working vocabulary is small, and cutting and keying words is slow. */
const mostKept = 100_000;
/** Among more tokens than these a map finds one sooner than a look at each. */
const few = 40;

/**
 * Makes a tokenizer that turns terms into tokens by a function, such as `(term) => sealer.token("term", term)`.
 *
 * @example
 * ```ts
 * import { makeTokenizer } from "@brainops/core/recall";
 * import { createSealer } from "@brainops/core/sealing";
 * const sealer = await createSealer("a passphrase of your own");
 * const tokenizer = makeTokenizer((term) => sealer.token("term", term));
 * ```
 */
export function makeTokenizer(tokenOf: (term: string) => number): Tokenizer {
  const kept = new Map<string, readonly number[]>();
  const tokensOf = (piece: string): readonly number[] => {
    const tokens = analysePiece(piece).map(tokenOf);
    if (!isKept(piece)) return tokens;
    if (kept.size >= mostKept) kept.clear();
    kept.set(apartFromText(piece), tokens);
    return tokens;
  };
  const begin = (): { readonly add: (text: string) => void; readonly all: () => Tokens } => {
    const tokens: number[] = [];
    const counts: number[] = [];
    let places: Map<number, number> | undefined;
    let length = 0;
    const add = (text: string): void => {
      for (const piece of piecesOf(text))
        for (const token of kept.get(piece) ?? tokensOf(piece)) {
          length++;
          // Two terms may share a token of 48 bits, if hardly ever: then they are found together.
          if (tokens.length === few) places ??= new Map(tokens.map((each, place) => [each, place]));
          const place = places === undefined ? tokens.indexOf(token) : (places.get(token) ?? -1);
          if (place >= 0) {
            counts[place] = (counts[place] ?? 0) + 1;
            continue;
          }
          places?.set(token, tokens.length);
          tokens.push(token);
          counts.push(1);
        }
    };
    return { add, all: () => ({ tokens, counts, length }) };
  };
  const whole = (text: string): Tokens => {
    const { add, all } = begin();
    add(text);
    return all();
  };
  return Object.assign(whole, {
    *steps(text: string): Generator<undefined, Tokens> {
      const { add, all } = begin();
      for (const part of partsOf(text)) {
        add(part);
        yield;
      }
      return all();
    },
  });
}
