import type { MemoryRecord } from "@brainops/core";
import { benchRecord } from "./bench-record.ts";
import { randomFrom, type Random } from "./random.ts";

/** Made-up records whose words are as unevenly common as those of natural language (Zipf's law), and questions on them. */
export interface Corpus {
  /** The next record, about 150 characters long, with an id that grows as UUIDv7 does. */
  next(): MemoryRecord;
  /** A question of three to six words that stand in one of the records so far. */
  question(): string;
  /** Where it is asked: any of the scopes. */
  scope(): string;
}

const vocabulary = 50_000;
const little = ["the", "and", "to", "of", "was", "with", "that", "for", "on", "it"] as const;
const epoch = 1_700_000_000_000;

/** Makes a corpus; the same seed gives the same records and questions. `scopes` are filled in turn. */
export function makeCorpus(seed: number, scopes = 1): Corpus {
  const random = randomFrom(seed);
  const choice = randomFrom(seed + 1);
  const scopeOf = (n: number): string => (scopes === 1 ? "bench" : `bench/tenant-${n}`);
  const words = Array.from({ length: vocabulary }, (_, rank) => wordOf(rank));
  const pickWord = zipf(words, random);
  const texts: string[] = [];
  let made = 0;
  return {
    next() {
      let text = "";
      while (text.length < 144)
        text += `${text === "" ? "" : " "}${random.next() < 0.3 ? random.pick(little) : pickWord()}`;
      const at = made++;
      // Enough of them to ask about, whatever the size.
      if (texts.length < 20_000) texts.push(text);
      else if (random.next() < 0.02) texts[random.below(texts.length)] = text;
      return benchRecord(idOf(epoch + Math.floor(at / 4), random), {
        scope: scopeOf(at % scopes),
        text,
        createdAt: epoch + Math.floor(at / 4),
      });
    },
    question() {
      const text = texts[random.below(texts.length)] ?? "";
      const from = [...new Set(text.split(" "))].filter((word) => !little.includes(word as (typeof little)[number]));
      const asked = Array.from({ length: 3 + random.below(4) }, () => from[random.below(from.length)] ?? "");
      return `what about ${asked.join(" ")}?`;
    },
    scope: () => scopeOf(choice.below(scopes)),
  };
}

/** A word that can be said, short when it is common, different for every rank. */
function wordOf(rank: number): string {
  const syllables = 80;
  let rest = rank;
  let word = "";
  do {
    const syllable = rest % syllables;
    word += "bdfgklmnprstvzch"[Math.floor(syllable / 5)] ?? "";
    word += "aeiou"[syllable % 5] ?? "";
    rest = Math.floor(rest / syllables);
  } while (rest > 0);
  return `${word}x`;
}

function zipf(words: readonly string[], random: Random): () => string {
  const sums = new Float64Array(words.length);
  let sum = 0;
  for (let rank = 0; rank < words.length; rank++) sums[rank] = sum += 1 / (rank + 10);
  return () => {
    const at = random.next() * sum;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return words[low] ?? "";
  };
}

/** A UUIDv7: 48 bits of time, the rest random, so that those of one millisecond come in any order. */
function idOf(time: number, random: Random): string {
  const hex = (length: number): string =>
    Math.floor(random.next() * 16 ** length)
      .toString(16)
      .padStart(length, "0");
  const head = time.toString(16).padStart(12, "0");
  return `${head.slice(0, 8)}-${head.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
}
