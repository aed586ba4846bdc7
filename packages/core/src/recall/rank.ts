import type { Hit, MemoryRecord } from "../contracts/record.ts";
import type { Candidates } from "../contracts/store.ts";
import { analyse } from "./analyse.ts";
import { askedFor, asks } from "./answers.ts";
import { namedDates, type Span } from "./dates.ts";
import { inverseFrequency } from "./inverse-frequency.ts";
import { threadOf, type Entry, type Pool } from "./pool.ts";
import { standing } from "./standing.ts";

// BM25F (S. Robertson, H. Zaragoza, M. Taylor, "Simple BM25 extension to multiple weighted fields", CIKM 2004): the words
// beside a record count as weaker fields of it. An answer often shares no word with the question, but the turn before it does.
const saturation = 0.6;
const lengthWeight = 0.5;
const tagWeight = 0.5;
const besideWeights: readonly (readonly [offset: number, weight: number])[] = [
  [-1, 0.5],
  [1, 0.2],
  [-2, 0.2],
  [2, 0.1],
];
// Who is asked something answers: the words of the question count more for what follows it. The question itself seldom tells.
const askedWeight = 0.3;
const askingFactor = 0.8;
const threadWeight = 0.5;
const actorFactor = 1.25;
// In a conversation the name of one is mostly said by the other: it tells next to nothing about what was said.
const actorNameWeight = 0.2;
const dateFactor = 2;
const askedForFactor = 1.3;

/** How far beside a candidate ranking looks. */
export const contextDistance = 2;

/** What is asked, and the figures of the scope. */
export interface Question {
  readonly text: string;
  /** The terms of the text, each once. */
  readonly terms: readonly string[];
  readonly figures: Pick<Candidates, "total" | "totalLength" | "documentFrequencies">;
  readonly now: number;
}

/** Orders a pool by how well each record fits, ties by id. The same input gives the same order on every store. */
export function rank(question: Question, pool: Pool): Hit[] {
  const { figures } = question;
  const names = actorNames(pool);
  const idf = figures.documentFrequencies.map(
    (n, i) => inverseFrequency(figures.total, n) * (names.has(question.terms[i] ?? "") ? actorNameWeight : 1),
  );
  const average = Math.max(1, figures.totalLength / Math.max(1, figures.total));
  const threads = threadScores(question, pool);
  const asked = new Set(words(question.text));
  const dates = namedDates(question.text, question.now);
  const wanted = askedFor(question.text);
  const asking = new Set(pool.entries.filter(({ record }) => isPlaced(record) && asks(record.text)));
  const named = keepNamed(asked);
  const hits = pool.entries.map((entry): Hit => {
    const { record, counters } = entry;
    const why = [...whyWords(question.terms, entry, pool)];
    let score = fieldScore(question.terms, idf, average, entry, pool, asking);
    score += threadWeight * (threads.get(threadOf(record)) ?? 0);
    if (record.actor !== undefined && named(record.actor)) {
      score *= actorFactor;
      why.push(`by ${record.actor}`);
    }
    if (dates.some((span) => isRecordedIn(record, span))) {
      score *= dateFactor;
      why.push("recorded at the time named");
    }
    if (wanted?.isIn(record.text) === true) {
      score *= askedForFactor;
      why.push(`names ${wanted.name}`);
    }
    if (asking.has(entry)) score *= askingFactor;
    for (const factor of standing(record, counters, question.now)) {
      score *= factor.by;
      if (factor.why !== undefined) why.push(factor.why);
    }
    return { record, counters, score, why: why.join("; ") };
  });
  return hits.sort((a, b) => b.score - a.score || (a.record.id < b.record.id ? -1 : 1));
}

function fieldScore(
  terms: readonly string[],
  idf: readonly number[],
  average: number,
  entry: Entry,
  pool: Pool,
  asking: ReadonlySet<Entry>,
): number {
  const fields: (readonly [Entry, number])[] = [[entry, 1]];
  for (const [offset, weight] of besideWeights) {
    const other = pool.beside(entry, offset);
    if (other === undefined) continue;
    fields.push([other, offset === -1 && asking.has(other) ? weight + askedWeight : weight]);
  }
  const tags = entry.record.tags.length > 0 ? new Set(entry.record.tags.flatMap(analyse)) : undefined;
  let score = 0;
  for (let i = 0; i < terms.length; i++) {
    let weighted = tags?.has(terms[i] ?? "") === true ? tagWeight : 0;
    for (const [{ frequencies, length }, weight] of fields)
      weighted += (weight * (frequencies[i] ?? 0)) / (1 - lengthWeight + (lengthWeight * length) / average);
    score += ((idf[i] ?? 0) * weighted * (saturation + 1)) / (weighted + saturation);
  }
  return score;
}

/** The terms of the names of those who speak or act in a pool. */
function actorNames({ entries }: Pool): Set<string> {
  const actors = new Set(entries.flatMap(({ record }) => record.actor ?? []));
  return new Set([...actors].flatMap(analyse));
}

/** Whether others stand before and after it. */
function isPlaced({ thread, sequence }: MemoryRecord): boolean {
  return thread !== undefined && sequence !== undefined;
}

function isRecordedIn({ createdAt }: MemoryRecord, { from, to }: Span): boolean {
  return from <= createdAt && createdAt < to;
}

/** How well each thread as a whole fits: a question is often about one conversation or episode. */
function threadScores({ terms }: Question, { entries }: Pool): Map<string, number> {
  const sums = new Map<string, number[]>();
  for (const { record, frequencies } of entries) {
    const key = threadOf(record);
    let sum = sums.get(key);
    if (sum === undefined) sums.set(key, (sum = terms.map(() => 0)));
    for (let i = 0; i < terms.length; i++) sum[i] = (sum[i] ?? 0) + (frequencies[i] ?? 0);
  }
  const holding = terms.map(() => 0);
  for (const sum of sums.values())
    for (let i = 0; i < terms.length; i++) if ((sum[i] ?? 0) > 0) holding[i] = (holding[i] ?? 0) + 1;
  const idf = holding.map((n) => inverseFrequency(sums.size, n));
  const scores = new Map<string, number>();
  for (const [key, sum] of sums) {
    let score = 0;
    for (let i = 0; i < terms.length; i++) score += ((idf[i] ?? 0) * (sum[i] ?? 0) * 1.9) / ((sum[i] ?? 0) + 0.9);
    scores.set(key, score);
  }
  return scores;
}

function* whyWords(terms: readonly string[], entry: Entry, pool: Pool): Generator<string> {
  const own = held(terms, entry);
  if (own.length > 0) yield `words: ${own.join(", ")}`;
  for (const [offset] of besideWeights) {
    const other = pool.beside(entry, offset);
    const more = other === undefined ? [] : held(terms, other).filter((term) => !own.includes(term));
    if (more.length > 0) yield `${offset < 0 ? "before" : "after"} it: ${more.join(", ")}`;
  }
}

function held(terms: readonly string[], { frequencies }: Entry): string[] {
  return terms.filter((_, i) => (frequencies[i] ?? 0) > 0);
}

/** Tells whether a name is among the words that are asked; each name is looked at once. */
function keepNamed(asked: ReadonlySet<string>): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    let is = known.get(name);
    if (is === undefined) known.set(name, (is = words(name).some((word) => asked.has(word))));
    return is;
  };
}

/** Whole words, for names: a name must not be cut to a stem, nor dropped because it is also a common word. */
function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Whether a record was true at a time. */
export function isValidAt({ validFrom, validTo }: MemoryRecord, at: number | undefined): boolean {
  return at === undefined || ((validFrom ?? -Infinity) <= at && at < (validTo ?? Infinity));
}
